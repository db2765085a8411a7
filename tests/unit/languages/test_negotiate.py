"""The published order of wishes, row by row (security checklist 91, management API §5.4, §5.5)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carteiro.languages.negotiate import LanguageReason, negotiate
from carteiro.languages.tags import ACCEPTED_TAGS, LanguageLibrary, MatchKind

R = LanguageReason


def row(tag, reason, *, custom=(), **wishes):
    return pytest.param(tag, reason, custom, wishes, id=f"{wishes}-{list(custom)}")


TABLE = [
    # Nothing asked for: the tenant's language, else English.
    row("en", R.FALLBACK),
    row("de", R.FALLBACK, fallback="de"),
    row("fr", R.FALLBACK, fallback="fr-CA"),
    row("pt-BR", R.FALLBACK, fallback="pt"),
    row("nl-NL", R.FALLBACK, fallback="nl-NL", custom=["nl-NL"]),
    row("en", R.BUILT_IN_DEFAULT, fallback="nl-NL"),
    row("en", R.BUILT_IN_DEFAULT, fallback="*"),
    row("en", R.BUILT_IN_DEFAULT, fallback=""),
    # ui_locales: the first one that the library can serve, in any spelling.
    row("fr", R.UI_LOCALES, ui_locales="fr"),
    row("fr", R.UI_LOCALES, ui_locales="fr-CA fr en"),
    row("fr-CA", R.UI_LOCALES, ui_locales="fr-CA fr en", custom=["fr-CA"]),
    row("fr-CA", R.UI_LOCALES, ui_locales="FR_ca", custom=["fr-CA"]),
    row("pt-BR", R.UI_LOCALES, ui_locales="pt-br"),
    row("pt-BR", R.UI_LOCALES, ui_locales="pt pt-PT"),
    row("de", R.UI_LOCALES, ui_locales="nl xx de"),
    row("de", R.UI_LOCALES, ui_locales="  de\t fr\n"),
    row("zh-TW", R.UI_LOCALES, ui_locales="zh-Hant-TW zh-CN"),
    row("zh-HK", R.UI_LOCALES, ui_locales="zh-HK"),
    row("ja", R.UI_LOCALES, ui_locales="* ja"),
    row("en", R.UI_LOCALES, ui_locales="en-GB"),
    row("he-IL", R.UI_LOCALES, ui_locales="iw", custom=["he-IL"]),
    row("en", R.FALLBACK, ui_locales="xx yy"),
    row("en", R.FALLBACK, ui_locales=""),
    row("en", R.FALLBACK, ui_locales="   "),
    row("en", R.FALLBACK, ui_locales="*"),
    row("en", R.FALLBACK, ui_locales="'; drop table"),
    # Accept-Language: by weight, a missing or unreadable weight is 1, equal ones in their order.
    row("de", R.ACCEPT_LANGUAGE, accept_language="de"),
    row("de", R.ACCEPT_LANGUAGE, accept_language="fr;q=0.5, de"),
    row("de", R.ACCEPT_LANGUAGE, accept_language="fr;q=0.5,de;q=0.9,it;q=0.7"),
    row("fr", R.ACCEPT_LANGUAGE, accept_language="fr, de"),
    row("fr", R.ACCEPT_LANGUAGE, accept_language="fr;q=0.8, de;q=0.8"),
    row("fr", R.ACCEPT_LANGUAGE, accept_language="fr;q=high, de;q=0.9"),
    row("fr", R.ACCEPT_LANGUAGE, accept_language="de;q=0.9, fr;q="),
    row("fr", R.ACCEPT_LANGUAGE, accept_language="de;q=0.9, fr;level=1"),
    row("de", R.ACCEPT_LANGUAGE, accept_language="fr; Q=0.3 ,de ; q = 0.4"),
    row("de", R.ACCEPT_LANGUAGE, accept_language="*, de;q=0.1"),
    row("fr", R.ACCEPT_LANGUAGE, accept_language="fr-CH, de"),
    row("pt-BR", R.ACCEPT_LANGUAGE, accept_language="nl-NL,nl;q=0.9,pt-BR;q=0.8,en;q=0.7"),
    row("it", R.ACCEPT_LANGUAGE, accept_language="fr;q=0, it;q=0.1"),
    row("de", R.ACCEPT_LANGUAGE, accept_language=",,;q=1,de"),
    row("en", R.FALLBACK, accept_language="*"),
    row("en", R.FALLBACK, accept_language="xx"),
    row("en", R.FALLBACK, accept_language=""),
    row("en", R.FALLBACK, accept_language=";;;,,,"),
    row("es", R.FALLBACK, accept_language="fr;q=0", fallback="es"),
    row("nl-NL", R.ACCEPT_LANGUAGE, accept_language="nl", custom=["nl-NL"]),
    row("en", R.FALLBACK, accept_language="x," * 5000 + "de"),
    # ?locale= comes between the two.
    row("it", R.QUERY, query_locales=["it"]),
    row("it", R.QUERY, query_locales=["xx", "it"], accept_language="de"),
    row("it", R.QUERY, query_locales=["it-CH"], accept_language="de"),
    row("de", R.ACCEPT_LANGUAGE, query_locales=["xx"], accept_language="de"),
    row("de", R.ACCEPT_LANGUAGE, query_locales=["*", ""], accept_language="de"),
    # The order between them.
    row("fr", R.UI_LOCALES, ui_locales="fr", query_locales=["it"], accept_language="de"),
    row("it", R.QUERY, ui_locales="xx", query_locales=["it"], accept_language="de"),
    row("de", R.ACCEPT_LANGUAGE, ui_locales="xx", accept_language="de", fallback="es"),
    row("es", R.FALLBACK, ui_locales="xx", accept_language="yy", fallback="es"),
    # A tenant that does not detect: ui_locales still counts, the rest does not.
    row("en", R.FALLBACK, accept_language="de", auto_detect=False),
    row("es", R.FALLBACK, query_locales=["it"], fallback="es", auto_detect=False),
    row("fr", R.UI_LOCALES, ui_locales="fr", accept_language="de", auto_detect=False),
    # A tag of a management call is taken as it is, and the caller's header does not count.
    row("de", R.EXPLICIT, explicit="de", accept_language="fr", auto_detect=False),
    row("fr_ca", R.EXPLICIT, explicit="fr_ca"),
    row("nl", R.EXPLICIT, explicit="nl", custom=["nl-BE"]),
    # One that the tenant does not have falls to its language, not to English.
    row("pt-BR", R.FALLBACK, explicit="tlh", ui_locales="fr", fallback="pt-BR"),
    row("de", R.FALLBACK, explicit="not a tag", fallback="de"),
    row("en", R.FALLBACK, explicit="x" * 100_000),
    row("en", R.BUILT_IN_DEFAULT, explicit="tlh", fallback="nl-NL"),
    row("en", R.FALLBACK, explicit="", accept_language="de", auto_detect=False),
]


@pytest.mark.parametrize(("tag", "reason", "custom", "wishes"), TABLE)
def test_the_first_wish_that_can_be_served_decides(tag, reason, custom, wishes):
    decision = negotiate(library=LanguageLibrary(custom), **wishes)

    assert (decision.tag, decision.reason) == (tag, reason)


def test_the_table_is_long_enough():
    assert len(TABLE) >= 60


def test_a_base_match_answers_before_a_later_exact_one():
    decision = negotiate(ui_locales="fr-CA de", library=LanguageLibrary(["fr-CH"]))

    assert (decision.tag, decision.requested) == ("fr", "fr-CA")
    assert decision.match is MatchKind.BUILT_IN_BASE


def test_the_decision_carries_the_wish_as_it_was_written():
    decision = negotiate(accept_language="PT_br;q=0.3", library=LanguageLibrary())

    assert (decision.tag, decision.requested) == ("pt-BR", "PT_br")
    assert decision.match is MatchKind.BUILT_IN


def test_a_template_may_be_there_in_a_language_that_the_library_has_not():
    decision = negotiate(explicit="tlh", fallback="de", library=LanguageLibrary())
    served = negotiate(explicit="de-AT", library=LanguageLibrary())

    assert (decision.tag, decision.for_templates) == ("de", "tlh")
    assert (served.tag, served.for_templates) == ("de-AT", "de-AT")


RANKED = st.lists(
    st.tuples(st.sampled_from(["fr", "de", "it", "xx", "ja", "zh-Hant", "*"]), st.integers(0, 10)),
    max_size=250,
)


@given(RANKED)
def test_the_heaviest_of_the_first_64_tags_that_can_be_served_wins(entries):
    header = ", ".join(f"{tag};q={weight / 10}" for tag, weight in entries)
    served = [(weight, tag) for tag, weight in entries[:64] if weight and tag not in {"xx", "*"}]
    heaviest = max((weight for weight, _ in served), default=0)
    wins = next(((tag, R.ACCEPT_LANGUAGE) for weight, tag in served if weight == heaviest), None)

    decision = negotiate(accept_language=header, library=LanguageLibrary())

    assert (decision.requested, decision.reason) == (wins or ("en", R.FALLBACK))


@pytest.mark.parametrize("count", [65, 500, 100_000])
def test_nothing_is_read_of_a_list_but_its_beginning(count):
    many = ["xx"] * count
    library = LanguageLibrary()

    for wishes in (
        {"accept_language": ",".join([*many, "de"])},
        {"ui_locales": " ".join([*many, "de"])},
        {"query_locales": [*many, "de"]},
    ):
        assert negotiate(library=library, **wishes).reason is R.FALLBACK
        assert negotiate(library=library, **{**wishes, "fallback": "ja"}).tag == "ja"


WISHES = st.fixed_dictionaries(
    {
        "ui_locales": st.none() | st.text(max_size=200),
        "query_locales": st.lists(st.text(max_size=40), max_size=5),
        "accept_language": st.none()
        | st.text(max_size=300)
        | st.text(alphabet="abdefrz-;q=.,0123456789* ", max_size=300),
        "fallback": st.sampled_from(ACCEPTED_TAGS) | st.text(max_size=20),
        "auto_detect": st.booleans(),
    }
)


@given(wishes=WISHES, custom=st.lists(st.sampled_from(ACCEPTED_TAGS), max_size=4))
def test_whatever_is_asked_the_answer_is_a_language_of_the_tenant(wishes, custom):
    library = LanguageLibrary(custom)

    decision = negotiate(library=library, **wishes)

    assert decision.tag in library.tags
    if not wishes["auto_detect"]:
        assert decision.reason not in {R.QUERY, R.ACCEPT_LANGUAGE}
