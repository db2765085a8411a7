"""Language tags: spelling, shortening, direction, and the tenant's library."""

import re
from itertools import pairwise
from pathlib import Path

import pytest
from babel import Locale
from babel.localedata import locale_identifiers
from hypothesis import given
from hypothesis import strategies as st

from carteiro.languages.likely import direction
from carteiro.languages.spelling import canonical, fold, lookup_chain
from carteiro.languages.tags import ACCEPTED_TAGS, BUILT_IN, LanguageLibrary, MatchKind

TAG_LIKE = st.one_of(
    st.text(max_size=40),
    st.from_regex(r"[A-Za-z]{1,9}([-_][A-Za-z0-9]{1,9}){0,5}", fullmatch=True),
    st.sampled_from(ACCEPTED_TAGS),
)


def test_the_built_in_languages_are_twenty_and_portugal_comes_before_brazil():
    assert len(BUILT_IN) == len(set(BUILT_IN)) == 20
    assert BUILT_IN[0] == "ar"
    assert BUILT_IN[-3:] == ("zh-CN", "zh-HK", "zh-TW")
    assert BUILT_IN.index("pt-PT") < BUILT_IN.index("pt-BR")


def test_every_built_in_language_may_be_chosen_by_a_tenant():
    assert set(BUILT_IN) <= set(ACCEPTED_TAGS)
    assert len(ACCEPTED_TAGS) == len({tag.lower() for tag in ACCEPTED_TAGS}) == 128


@pytest.mark.parametrize(
    ("written", "tag"),
    [
        ("EN", "en"),
        ("pt_br", "pt-BR"),
        ("ZH-hant-tw", "zh-Hant-TW"),
        (" fr-ca ", "fr-CA"),
        ("es-419", "es-419"),
        ("de-1996", "de-1996"),
        ("iw", "he"),
        ("iw-IL", "he-IL"),
        ("i-klingon", "tlh"),
        ("sh", "sr-Latn"),
        ("sh-RS", "sr-Latn-RS"),
        ("sh-Cyrl-BA", "sr-Cyrl-BA"),
        ("sh-x-ours", "sr-Latn-x-ours"),
        ("sh-1994", "sr-Latn-1994"),
        ("prs-x-ours", "fa-AF-x-ours"),
        ("prs-Arab-364", "fa-Arab-IR"),
        ("cnr", "sr-ME"),
        ("cnr-Latn", "sr-Latn-ME"),
        ("prs-Arab", "fa-Arab-AF"),
        ("prs-IR", "fa-IR"),
        ("swc-KE", "sw-KE"),
        ("zho-158", "zh-TW"),
        ("en-UK", "en-GB"),
        ("no-bokmal", "nb"),
        ("en-GB-oed", "en-GB-oxendict"),
        ("x-ours", "x-ours"),
        ("en-u-co-phonebk", "en-u-co-phonebk"),
    ],
)
def test_a_tag_is_spelled_canonically(written, tag):
    assert canonical(written) == tag


@pytest.mark.parametrize(
    "text",
    ["", " ", "*", "en-*", "e", "pt-", "-pt", "en us", "é", "a" * 9, "en-" + "a" * 9, "x" * 65],
)
def test_what_is_no_tag_has_no_canonical_form(text):
    assert canonical(text) is None


@pytest.mark.parametrize("tag", ["zh-Hant-TW", "fr-CA", "en", "zh-Hant-CN-x-private1-private2"])
def test_the_lookup_chain_shortens_as_rfc_4647_says(tag):
    expected = {
        "zh-Hant-TW": ("zh-Hant-TW", "zh-Hant", "zh"),
        "fr-CA": ("fr-CA", "fr"),
        "en": ("en",),
        # The example of RFC 4647 §3.4: a single letter goes with what follows it.
        "zh-Hant-CN-x-private1-private2": (
            "zh-Hant-CN-x-private1-private2",
            "zh-Hant-CN-x-private1",
            "zh-Hant-CN",
            "zh-Hant",
            "zh",
        ),
    }

    assert lookup_chain(tag) == expected[tag]


def test_what_is_no_tag_is_looked_up_as_it_is():
    assert lookup_chain("not a tag") == ("not a tag",)


def test_the_direction_is_the_one_that_cldr_has_for_each_of_its_locales():
    tags = [name.replace("_", "-") for name in locale_identifiers() if name != "root"]
    written = {tag: Locale.parse(tag, sep="-").text_direction for tag in tags}

    wrong = {
        tag: direction(tag)
        for tag, expected in written.items()
        # HTML has no word for lines from top to bottom.
        if direction(tag) != expected and expected != "ttb"
    }
    assert len(written) > 1000
    assert wrong == {}


@pytest.mark.parametrize(
    ("tag", "expected"),
    [
        *(("az-Arab", "rtl"), ("ar-Latn", "ltr"), ("cb-IQ", "rtl"), ("sy-SY", "rtl")),
        *(("pa-PK", "rtl"), ("uz-AF", "rtl"), ("ku-IQ", "rtl"), ("sd-IN", "ltr"), ("ug-KZ", "ltr")),
        *(("???", "ltr"), ("", "ltr"), ("x-ours", "ltr"), ("a" * 5000, "ltr")),
    ],
)
def test_the_script_that_a_tag_names_or_implies_decides_the_direction(tag, expected):
    assert direction(tag) == expected


def test_two_spellings_are_the_same_language():
    assert fold("PT_br") == fold("pt-BR")
    assert fold("pt-BR") != fold("pt-PT")


PAGE = Path(__file__).parents[3] / "docs/reference/languages.md"
FINDS = re.findall(r"`([\w-]+)` finds `([\w-]+)`", PAGE.read_text("utf-8"))


@pytest.mark.parametrize(("wish", "tag"), FINDS)
def test_the_reference_page_tells_what_is_found(wish, tag):
    match = LanguageLibrary([] if tag in BUILT_IN else [tag]).match(wish)

    assert match is not None
    assert match.tag == tag
    assert len(FINDS) > 10


def test_the_reference_page_names_the_built_in_languages():
    first = PAGE.read_text("utf-8").split("\n\n")[1]

    assert tuple(sorted(re.findall(r"`([\w-]+)`", first))) == tuple(sorted(BUILT_IN))


class TestLibrary:
    @pytest.mark.parametrize(
        ("custom", "wish", "tag", "kind"),
        [
            ((), "de", "de", MatchKind.BUILT_IN),
            ((), "PT_br", "pt-BR", MatchKind.BUILT_IN),
            ((), "fr-CA", "fr", MatchKind.BUILT_IN_BASE),
            ((), "pt", "pt-BR", MatchKind.BUILT_IN_BASE),
            ((), "pt-AO", "pt-PT", MatchKind.BUILT_IN_BASE),
            ((), "pt-DE", "pt-PT", MatchKind.BUILT_IN_BASE),
            ((), "pt-US", "pt-BR", MatchKind.BUILT_IN_BASE),
            (("en-GB",), "en-AU", "en", MatchKind.BUILT_IN_BASE),
            (("en-GB",), "en-GB-oed", "en-GB", MatchKind.CUSTOM_BASE),
            (("zh-MO",), "zh-Hant-MO", "zh-MO", MatchKind.CUSTOM_BASE),
            (("cb-IQ",), "ckb", "cb-IQ", MatchKind.CUSTOM_BASE),
            (("sr-RS",), "sh-RS", "sr-RS", MatchKind.CUSTOM_BASE),
            ((), "zh", "zh-CN", MatchKind.BUILT_IN_BASE),
            *(
                ((), wish, tag, MatchKind.BUILT_IN_BASE)
                for wish, tag in {
                    **dict.fromkeys(("zh-Hant", "zh-Hant-TW", "zh-cmn-Hant", "cmn-TW"), "zh-TW"),
                    **dict.fromkeys(("zh-MO", "zh-Hant-HK", "yue", "zh-yue"), "zh-HK"),
                    **dict.fromkeys(("zh-Hans", "zh-SG", "cmn", "zh-cmn", "zh-Hans-TW"), "zh-CN"),
                    **dict.fromkeys(("arb", "ar-EG", "arz", "apc-LB"), "ar"),
                    **dict.fromkeys(("prs", "fa-AF"), "fa-IR"),
                    "pes": "fa-IR",
                }.items()
            ),
            (("nb-NO",), "no", "nb-NO", MatchKind.CUSTOM_BASE),
            (("nb-NO",), "nb", "nb-NO", MatchKind.CUSTOM_BASE),
            (("nb-NO",), "nn", "nb-NO", MatchKind.CUSTOM_BASE),
            (("nn-NO",), "no-bok", "nn-NO", MatchKind.CUSTOM_BASE),
            (("nn-NO", "nb-NO"), "no", "nb-NO", MatchKind.CUSTOM_BASE),
            (("nn-NO", "nb-NO"), "no-bok", "nb-NO", MatchKind.CUSTOM_BASE),
            (("nb-NO", "nn-NO"), "no-nyn", "nn-NO", MatchKind.CUSTOM_BASE),
            (("he-IL",), "iw", "he-IL", MatchKind.CUSTOM_BASE),
            (("id-ID",), "in", "id-ID", MatchKind.CUSTOM_BASE),
            (("id-ID",), "in-ID", "id-ID", MatchKind.CUSTOM),
            (("ro-RO",), "mo", "ro-RO", MatchKind.CUSTOM_BASE),
            (("zh-MO",), "zh-MO", "zh-MO", MatchKind.CUSTOM),
            (("sr-RS",), "sr-Latn", "sr-RS", MatchKind.CUSTOM_BASE),
            (("fr-CA",), "fr-ca", "fr-CA", MatchKind.CUSTOM),
            (("fr-CA",), "fr-CH", "fr", MatchKind.BUILT_IN_BASE),
            (("nl-NL",), "nl-BE", "nl-NL", MatchKind.CUSTOM_BASE),
            (("nl-NL", "nl-BE"), "nl", "nl-NL", MatchKind.CUSTOM_BASE),
            (("de",), "de", "de", MatchKind.CUSTOM),
            (("tl-PH",), "tl-PH", "tl-PH", MatchKind.CUSTOM),
        ],
    )
    def test_a_wish_finds_the_best_tag(self, custom, wish, tag, kind):
        match = LanguageLibrary(custom).match(wish)

        assert match is not None
        assert (match.tag, match.kind) == (tag, kind)

    @pytest.mark.parametrize("wish", ["nl", "xx-YY", "*", "", "und", "nonsense tag"])
    def test_a_language_that_is_not_there_has_no_match(self, wish):
        assert LanguageLibrary().match(wish) is None

    @pytest.mark.parametrize(
        "wish",
        [
            *("x-de", "x-de-DE", "i-default", "i-enochian", "und-DE", "mul", "zxx", "root", "qaa"),
            *("de" * 5000, "-".join(["de"] * 5000), "de-" + "x" * 9, "de\x00", "de\nfr", "\ud800"),
            *("de--AT", "de-a", "de-AT-AT", "en-a-bb-a-cc-x", "𝐝𝐞", "ｄｅ", "de;q=1", "de,fr"),
        ],
        ids=range(23),
    )
    def test_what_a_stranger_makes_up_finds_a_language_or_none(self, wish):
        match = LanguageLibrary().match(wish)

        assert match is None or match.tag in {"de", "en"}

    def test_ever_new_wishes_leave_no_more_than_so_many_answers(self):
        library = LanguageLibrary()

        for number in range(3000):
            assert library.match(f"de-x-{number}") is not None

        # How much a tenant's library keeps is seen nowhere else.
        assert len(library._relatives) <= 1024

    def test_membership_is_exact_but_for_the_spelling(self):
        library = LanguageLibrary(["nl-NL"])

        assert library.has("NL_nl")
        assert library.has("pt-br")
        assert not library.has("nl")
        assert not library.has("pt")

    def test_a_tenants_own_tags_come_first(self):
        assert LanguageLibrary(["nl-NL"]).tags == ("nl-NL", *BUILT_IN)

    @given(wish=TAG_LIKE, custom=st.lists(st.sampled_from(ACCEPTED_TAGS), max_size=5))
    def test_a_match_is_always_a_tag_of_the_library(self, wish, custom):
        library = LanguageLibrary(custom)

        match = library.match(wish)

        assert match is None or match.tag in library.tags


@given(TAG_LIKE)
def test_a_canonical_tag_stays_as_it_is(text):
    tag = canonical(text)

    assert tag is None or canonical(tag) == tag


@given(TAG_LIKE)
def test_a_chain_gets_shorter_down_to_the_language(text):
    chain = lookup_chain(text)

    assert all(shorter and longer.startswith(f"{shorter}-") for longer, shorter in pairwise(chain))


def test_a_text_that_no_language_needs_is_no_tag_however_well_formed() -> None:
    longest = f"en-x-{'-'.join(['abcdefgh'] * 6)}-abcde"

    assert len(longest) == 64
    assert [canonical(longest), canonical(f"{longest}f")] == [longest, None]
