"""The nearest language of several, held against what Unicode CLDR says of its own matching."""

from itertools import permutations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from langcodes import tag_distance

from carteiro.languages.likely import heritage, likely
from carteiro.languages.varieties import Nearness, Varieties

# Facts of CLDR's and ICU's test data (likelySubtags.txt, localeMatcherTest.txt), not of this code.
FILLED_UP = {
    "af-AQ": "af-Latn-AQ",
    "am": "am-Ethi-ET",
    "ar-AQ": "ar-Arab-AQ",
    "az": "az-Latn-AZ",
    "bs-Cyrl": "bs-Cyrl-BA",
    "en": "en-Latn-US",
    "en-001": "en-Latn-001",
    "es-419": "es-Latn-419",
    "fa-AF": "fa-Arab-AF",
    "ff-Adlm": "ff-Adlm-GN",
    "ha-NE": "ha-Latn-NE",
    "he-Latn": "he-Latn-IL",
    "ja": "ja-Jpan-JP",
    "ks": "ks-Arab-IN",
    "no": "no-Latn-NO",
    "nn": "nn-Latn-NO",
    "pa": "pa-Guru-IN",
    "prg": "prg-Latn-PL",
    "pt": "pt-Latn-BR",
    "pt-MO": "pt-Latn-MO",
    "sd-IN": "sd-Deva-IN",
    "sd-Deva": "sd-Deva-IN",
    "sr": "sr-Cyrl-RS",
    "sr-ME": "sr-Latn-ME",
    "sr-Latn": "sr-Latn-RS",
    "sr-XK": "sr-Cyrl-XK",
    "tg": "tg-Cyrl-TJ",
}
MATCHED = {
    ("es-419", "es-ES"): {"es-AR": "es-419"},
    ("es-419", "es"): {"es-AR": "es-419", "es-SG": "es", "es-PT": "es"},
    ("es-MX", "es"): {"es-AR": "es-MX", "es-003": "es-MX", "es-PH": "es", "es-GQ": "es"},
    ("es-AR", "es"): {"es-MX": "es-AR"},
    ("es-MA", "es-MX", "es-419"): {"es-AR": "es-419", "es-EA": "es-MA"},
    ("en-GB", "en-US"): {"en-AU": "en-GB", "en-CA": "en-GB", "en-IN": "en-GB", "en": "en-US"},
    ("en", "en-GB"): {"en-AU": "en-GB", "en-150": "en-GB", "en-DE": "en-GB", "en-VI": "en"},
    ("en-NZ", "en"): {"en-AU": "en-NZ"},
    ("en-GU", "en", "en-IN"): {"en-ZA": "en-IN"},
    ("en-GU", "en-GB", "en-IN"): {"en-VI": "en-GU"},
    ("pt-PT", "pt-BR"): {"pt-AO": "pt-PT", "pt": "pt-BR", "pt-US": "pt-BR", "pt-MO": "pt-PT"},
    ("pt", "pt-PT"): {"pt-ES": "pt-PT", "pt-TL": "pt-PT", "pt-US": "pt"},
    ("pt-BR",): {"pt-PT": "pt-BR"},
    ("zh-MO", "zh-TW", "zh"): {"zh-HK": "zh-MO"},
    ("zh", "zh-TW", "zh-HK"): {"zh-MO": "zh-HK"},
    ("zh-CN", "zh-TW"): dict.fromkeys(("zh-Hant-TW", "zh-Hant", "zh-Hant-HK"), "zh-TW")
    | dict.fromkeys(("zh-Hans-CN", "zh-SG", "zh", "cmn"), "zh-CN"),
    ("fr", "zh-Hans-CN", "en-US"): {"zh-TW": "zh-Hans-CN", "zh-Hant": "zh-Hans-CN"},
    ("zh-TW", "en"): {"zh-CN": "zh-TW"},
    ("en", "fil", "ro", "nn"): {"tl": "fil", "mo": "ro", "nb": "nn", "no": "nn", "ja": None},
    ("zh-CN", "iw"): {"he-IT": "iw", "he": "iw"},
    ("nl", "zh", "no"): {"cmn": "zh", "nb": "no"},
    ("sr-Cyrl", "sr-Latn"): {"sh": "sr-Latn", "sr": "sr-Cyrl", "sr-ME": "sr-Latn"},
    ("sr",): {"sr-ME": "sr", "sr-Latn": "sr", "bs": None, "hr": None},
    ("sr-ME",): {"sr": "sr-ME"},
    ("de-AT", "de-DE", "de-CH"): {"de": "de-DE"},
    ("fr", "fr-CA", "fr-CH"): {"fr-US": "fr"},
    ("fr-CA", "fr-FR"): {"fr": "fr-FR"},
    ("fr-CA",): {"fr-FR": "fr-CA", "fr-BE-fonipa": "fr-CA"},
    ("ar-DZ", "ar-SY"): {"ar-EG": "ar-SY", "ar-MA": "ar-DZ"},
    ("it", "en"): {"und": None, "und-US": None, "x-piglatin": None, "en-GB-oed": "en"},
    ("es", "de", "ru", "hi"): {"ca": None, "gl-ES": None, "uk": None, "sa": None},
    ("fr", "i-klingon"): {"i-klingon": "i-klingon", "tlh": "i-klingon"},
}
LOCALES = (
    *("ar", "ar-DZ", "ar-SA", "de", "de-AT", "en", "en-AU", "en-CA", "en-GB", "en-US"),
    *("es", "es-419", "es-AR", "es-ES", "es-MX", "fr", "fr-CA", "nb", "nn", "pt", "pt-AO"),
    *("pt-BR", "pt-PT", "sr", "sr-Latn", "sr-Cyrl-BA", "sr-ME", "uz", "uz-Cyrl", "uz-AF"),
    *("zh", "zh-CN", "zh-HK", "zh-Hans", "zh-Hant", "zh-Hant-HK", "zh-MO", "zh-SG", "zh-TW"),
)
TAGS = st.sampled_from(LOCALES)


@pytest.mark.parametrize(("tag", "full"), FILLED_UP.items())
def test_a_tag_is_filled_up_as_cldr_does(tag, full):
    own = likely(tag)

    assert own is not None
    assert f"{own.language}-{own.script}-{own.region}" == full


@pytest.mark.parametrize(
    ("supported", "wish", "best"),
    [
        (supported, wish, best)
        for supported, wishes in MATCHED.items()
        for wish, best in wishes.items()
    ],
)
def test_the_nearest_is_that_of_cldr_in_whatever_order_there_are(supported, wish, best):
    found = {Varieties(tags).nearest(wish) for tags in permutations(supported)}

    assert found == {best}


@pytest.mark.parametrize(
    ("supported", "wish", "best", "nearness"),
    [
        ("zh-HK", "zh-Hant-HK", "zh-HK", Nearness.REGION),
        ("zh-HK", "zh-MO", "zh-HK", Nearness.PARENT),
        ("zh-HK", "zh-TW", "zh-HK", Nearness.SCRIPT),
        ("zh-TW", "nan-TW", "zh-TW", Nearness.FAMILY),
        ("zh-CN", "nan-TW", "zh-CN", Nearness.LANGUAGE),
        ("zh-HK", "yue", "zh-HK", Nearness.FAMILY),
        ("ar", "arz", "ar", Nearness.FAMILY),
        ("ar", "arb", "ar", Nearness.REGION),
        ("sr-RS", "sr-Latn", "sr-RS", Nearness.LANGUAGE),
        ("cb-IQ", "ckb", "cb-IQ", Nearness.REGION),
        ("ku-TR", "kmr", "ku-TR", Nearness.REGION),
        ("sq-AL", "aln", "sq-AL", Nearness.FAMILY),
        ("ms-MY", "zsm", "ms-MY", Nearness.REGION),
    ],
)
def test_how_near_it_is_is_said(supported, wish, best, nearness):
    found = Varieties([supported]).find(wish)

    assert found is not None
    assert (found.tag, found.nearness) == (best, nearness)


@pytest.mark.parametrize(
    ("supported", "wish"),
    [("ms-MY", "id"), ("id-ID", "ms"), ("ku-TR", "ckb"), ("az-AZ", "azb"), ("da-DK", "nb")],
)
def test_a_language_of_its_own_stands_in_for_no_other(supported, wish):
    assert Varieties([supported]).nearest(wish) is None


@given(supported=st.lists(TAGS, unique=True, min_size=1), wish=TAGS)
def test_nothing_nearer_by_langcodes_reckoning_is_passed_over(supported, wish):
    own = likely(wish)
    readable = [
        tag
        for tag in supported
        if (likely(tag).language, likely(tag).script) == (own.language, own.script)
    ]
    assume(readable)

    nearest = Varieties(supported).nearest(wish)

    assert nearest is not None
    assert tag_distance(wish, nearest) == min(tag_distance(wish, tag) for tag in readable)


@given(supported=st.lists(TAGS, unique=True, min_size=1), wish=TAGS)
def test_a_script_is_left_only_for_the_usual_one_of_the_language(supported, wish):
    own = likely(wish)
    scripts = {likely(tag).script for tag in supported if likely(tag).language == own.language}
    assume(scripts)

    nearest = Varieties(supported).nearest(wish)

    usual = likely(own.language).script
    best = next((script for script in (own.script, usual) if script in scripts), None)
    assert best is None or likely(nearest).script == best


@given(supported=st.lists(TAGS, unique=True, min_size=1))
def test_what_is_there_finds_itself_or_the_same_under_another_name(supported):
    varieties = Varieties(supported)

    assert all(likely(varieties.nearest(tag)) == likely(tag) for tag in supported)


@pytest.mark.parametrize(
    ("tag", "line"),
    [
        ("en-DE", ("en-DE", "en-150", "en-001", "en")),
        ("en-AU-x-ours", ("en-AU-x-ours", "en-AU", "en-001", "en")),
        ("es-AR", ("es-AR", "es-419", "es")),
        ("zh-Hant-MO", ("zh-Hant-MO", "zh-HK", "zh-Hant")),
        ("zh-TW", ("zh-TW",)),
        ("sr-Latn-BA", ("sr-Latn-BA", "sr-Latn")),
        ("pt-AO", ("pt-AO", "pt-PT", "pt")),
        ("fr-CA", ("fr-CA", "fr")),
    ],
)
def test_what_stands_in_for_a_language_is_of_its_script(tag, line):
    assert heritage(tag) == line
