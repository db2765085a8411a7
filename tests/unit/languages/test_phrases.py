"""The texts of the pages: complete in English, and a tenant's own in place of ours."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from carteiro.languages.phrases import built_in_texts, merged, misplaced, without_empty
from carteiro.languages.tags import BUILT_IN
from phrase_parts import flat

KEYS = Path(__file__).parents[2] / "fixtures" / "phrase_keys.txt"
"""The keys that clients translate, each with the names that its text fills in."""
_LINE = re.compile(r"(\S+)(?: +\((.*)\))?")


def wanted() -> Iterator[tuple[str, set[str]]]:
    for line in KEYS.read_text("utf-8").splitlines():
        if match := _LINE.fullmatch(line):
            yield match[1], set(re.findall(r"\w+", match[2] or ""))


def test_every_key_has_an_english_text_that_fills_in_its_names() -> None:
    texts = flat(built_in_texts("en"))
    filled_in = {
        key: set(re.findall(r"\w+", " ".join(re.findall(r"{{(.*?)}}", text))))
        for key, text in texts.items()
    }

    assert filled_in == dict(wanted())
    assert all(text.strip() for text in texts.values())


@pytest.mark.parametrize("tag", BUILT_IN)
def test_every_built_in_language_has_a_text_for_every_key(tag: str) -> None:
    assert flat(built_in_texts(tag)).keys() == flat(built_in_texts("en")).keys()


def test_own_texts_take_the_place_of_built_in_ones_and_of_no_others() -> None:
    texts = built_in_texts("en")

    own = merged(texts, {"action": {"sign_in": "Inloggen"}})

    assert own["action"] == {**texts["action"], "sign_in": "Inloggen"}
    assert {**own, "action": None} == {**texts, "action": None}
    assert texts["action"]["sign_in"] == "Sign in"


@pytest.mark.parametrize(
    ("texts", "place"),
    [
        ({}, None),
        ({"action": {"sign_in": "x"}}, None),
        ({"user_scopes": {"descriptions": {"urn:logto:scope:organizations": "x"}}}, None),
        ({"action": {"sign_in": "x", "fly": "y"}}, ("action", "fly")),
        ({"fly": "x"}, ("fly",)),
        ({"action": "x"}, ("action",)),
        ({"action": {"sign_in": {"deeper": "x"}}}, ("action", "sign_in")),
        ({"action": {"sign_in": 1}}, ("action", "sign_in")),
    ],
)
def test_a_text_that_no_page_has_is_named(texts: Any, place: Any) -> None:
    assert misplaced(texts) == place


def test_what_says_nothing_is_left_out() -> None:
    texts = {"a": "", "b": {"c": None, "d": {"e": ""}}, "f": {"g": "x", "h": ""}}

    assert without_empty(texts) == {"f": {"g": "x"}}
