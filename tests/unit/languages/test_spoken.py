"""A language's texts as pages say them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from carteiro.languages.names import languages_of, own_name
from carteiro.languages.phrases import built_in_texts
from carteiro.languages.spoken import Spoken, own_texts
from carteiro.languages.tags import BUILT_IN, LanguageLibrary

PACKAGE = Path(__file__).parents[3] / "src/carteiro"
ENGLISH = Spoken("en", built_in_texts("en"))
PLACE = re.compile(r"\{\{\s*\w+\s*\}\}")


def test_values_stand_in_their_places_and_a_missing_one_leaves_nothing() -> None:
    spoken = Spoken("en", {"a": "{{ name }} and {{other}}."})

    assert spoken.say("a", name="{{other}}") == "{{other}} and ."


@pytest.mark.parametrize(
    ("tag", "said"),
    [("en", "x, y, and z"), ("de", "x, y und z"), ("ar", "x وy وz"), ("ja", "x、y、z")],
)
def test_a_list_is_joined_as_its_language_joins(tag: str, said: str) -> None:
    spoken = Spoken(tag, {"a": "({{items, list}})", "b": "z"})

    assert spoken.say("a", items=["x", "y", "b"]) == f"({said})"
    assert spoken.say("a", items=["x"]) == "(x)"


@pytest.mark.parametrize(
    ("tag", "count", "form"),
    [("en", 1, "one"), ("en", 2, "other"), ("ru", 2, "few"), ("ru", 5, "many"), ("ja", 1, "other")],
)
def test_a_number_has_the_form_of_its_language(tag: str, count: int, form: str) -> None:
    forms = {f"n_{name}": name for name in ("one", "two", "few", "many", "other")}

    assert Spoken(tag, forms).say("n", count=count) == form


def test_a_form_that_a_language_does_not_give_is_the_general_one() -> None:
    assert Spoken("ru", {"n_other": "any"}).say("n", count=1) == "any"


def test_a_value_keeps_its_direction_in_a_sentence_from_right_to_left() -> None:
    texts = {"a": "<{{address}}, {{count}}>"}

    assert Spoken("ar", texts).say("a", address="ana-b@e.com") == "<\u2068ana-b@e.com\u2069, >"
    assert Spoken("de", texts).say("a", address="ana-b@e.com") == "<ana-b@e.com, >"


def test_a_key_without_a_text_is_shown_itself() -> None:
    assert ENGLISH.say("no.such.key") == "no.such.key"


@pytest.mark.parametrize(
    ("tag", "direction"), [("ar", "rtl"), ("fa-IR", "rtl"), ("he-IL", "rtl"), ("xx-XX", "ltr")]
)
def test_a_language_has_its_direction(tag: str, direction: str) -> None:
    assert Spoken(tag, {}).direction == direction


@pytest.mark.parametrize("tag", BUILT_IN)
def test_our_own_words_are_there_in_each_language_with_the_same_places(tag: str) -> None:
    own, english = own_texts(tag), own_texts("en")

    assert own.keys() == english.keys()
    assert tag == "en" or all(own[key] != english[key] for key in english)
    for key in english:
        assert sorted(PLACE.findall(own[key])) == sorted(PLACE.findall(english[key])), key


def test_every_text_that_pages_name_is_there() -> None:
    named = set()
    for room in ("pages", "flows/sign_in/screens"):
        for path in (PACKAGE / room).rglob("*"):
            if path.suffix in {".html", ".py"}:
                text = path.read_text("utf-8")
                named |= set(
                    re.findall(
                        r"[\"']((?:action|description|error|input|mfa|own)\.[a-z_.]*[a-z])[\"']",
                        text,
                    )
                )

    missing = {key for key in named if not ENGLISH.has(key) and not ENGLISH.has(f"{key}_other")}
    assert missing == set()
    assert len(named) > 50


def test_languages_are_offered_by_their_own_names() -> None:
    offered = dict(languages_of(LanguageLibrary(["vi-VN"])))

    assert offered["de"] == "Deutsch"
    assert offered["vi-VN"].startswith("Tiếng Việt")
    assert len(offered) == len(BUILT_IN) + 1
    assert own_name("zz-TR") == "zz-TR"
