"""Plural forms, and the locale that they are taken from."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carteiro.languages.locales import locale_of
from carteiro.languages.plurals import Plural, plural
from carteiro.languages.tags import ACCEPTED_TAGS, BUILT_IN

# By hand, from the charts of Unicode CLDR's language plural rules (cardinals, whole numbers).
CHART = {
    "ar": {
        "zero": [0],
        "one": [1],
        "two": [2],
        "few": [3, 10, 103],
        "many": [11, 99],
        "other": [100],
    },
    "cs": {"one": [1], "few": [2, 4], "other": [0, 5, 21, 22]},
    "en": {"one": [1], "other": [0, 2, 21]},
    "fa-IR": {"one": [0, 1], "other": [2]},
    "fr": {"one": [0, 1], "other": [2, 21], "many": [1_000_000]},
    "pl-PL": {"one": [1], "few": [2, 24], "many": [0, 5, 12, 21]},
    "pt-BR": {"one": [0, 1], "other": [2]},
    "pt-PT": {"one": [1], "other": [0, 2]},
    "ru": {"one": [1, 21, 101], "few": [2, 22], "many": [0, 5, 11, 111]},
    "tr-TR": {"one": [1], "other": [0, 2]},
    "uk-UA": {"one": [1, 21], "few": [2, 104], "many": [0, 11, 25]},
    "zh-HK": {"other": [0, 1, 2]},
    # Of tenants: languages without an ISO code among the accepted tags, and macro-languages.
    "cb-IQ": {"one": [1], "other": [0, 2]},
    "nb-NO": {"one": [1], "other": [0]},
    "lv-LV": {"zero": [0, 11], "one": [1, 21], "other": [2]},
}


@pytest.mark.parametrize(
    ("tag", "number", "form"),
    [
        (tag, number, form)
        for tag, forms in CHART.items()
        for form, numbers in forms.items()
        for number in numbers
    ],
)
def test_a_number_has_the_form_of_the_chart(tag, number, form):
    assert plural(tag, number) == form


@pytest.mark.parametrize("tag", ["tlh", "zz-TR", "not a tag", "", "und", "x-private", "a" * 5000])
def test_a_language_that_nobody_knows_has_one_form(tag):
    assert plural(tag, 1) is Plural.OTHER


@given(tag=st.sampled_from(ACCEPTED_TAGS), number=st.integers())
def test_every_number_has_a_form_in_every_language(tag, number):
    assert plural(tag, number) in Plural


@pytest.mark.parametrize("tag", BUILT_IN)
def test_cldr_has_every_built_in_language(tag):
    assert locale_of(tag) is not None


@pytest.mark.parametrize(
    ("tag", "locale"),
    [
        *(("zh-TW", "zh_Hant_TW"), ("zh-HK", "zh_Hant_HK"), ("zh-CN", "zh_Hans_CN")),
        *(("zh-Hans-TW", "zh_Hans"), ("sr-Latn-RS", "sr_Latn_RS"), ("sr-RS", "sr_Cyrl_RS")),
        *(("az-Arab", "az_Arab_IR"), ("pt", "pt_BR"), ("pl-PL", "pl_PL"), ("iw", "he_IL")),
        *(("en-001", "en_001"), ("ja-KS", "ja"), ("no", "no"), ("de-1996", "de_DE")),
    ],
)
def test_the_locale_is_in_the_script_of_the_tag(tag, locale):
    assert str(locale_of(tag)) == locale
