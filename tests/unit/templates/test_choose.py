"""Which template serves (design point 3; the numbers are those of connectors §9)."""

import pytest

from carteiro.errors import TemplateNotFound
from carteiro.model.kinds import NOTICES
from carteiro.model.kinds import TemplateType as T
from carteiro.templates.choose import ChoiceReason as R
from carteiro.templates.choose import TemplateIndex, choose

SIGN_IN, GENERIC, REGISTER = T.SIGN_IN, T.GENERIC, T.REGISTER


def index(*keys):
    return TemplateIndex((f"{tag}/{kind}", tag, kind) for tag, kind in keys)


@pytest.mark.parametrize(
    ("stored", "locale", "fallback", "expected"),
    [
        pytest.param([("fr", SIGN_IN)], "fr", "en", ("fr", SIGN_IN, R.EXACT), id="17-exact"),
        pytest.param(
            [("en", SIGN_IN), ("en", GENERIC)],
            "fr",
            "en",
            ("en", SIGN_IN, R.FALLBACK_LANGUAGE),
            id="18-fallback-language",
        ),
        pytest.param(
            [("en", GENERIC)], "fr", "en", ("en", GENERIC, R.GENERIC), id="19-generic-in-fallback"
        ),
        pytest.param([("fr", GENERIC)], "fr", "en", None, id="19-never-generic-in-the-language"),
        pytest.param([], "fr", "en", None, id="20-nothing"),
        pytest.param([("de", REGISTER)], "de", "de", None, id="20-other-type"),
        pytest.param([("fr", SIGN_IN)], "fr-CA", "en", ("fr", SIGN_IN, R.LOOKUP), id="lookup"),
        pytest.param(
            [("zh-Hant", SIGN_IN), ("zh", SIGN_IN)],
            "zh-Hant-TW",
            "en",
            ("zh-Hant", SIGN_IN, R.LOOKUP),
            id="lookup-longest-first",
        ),
        *(
            pytest.param(
                [(tag, SIGN_IN) for tag in stored], wish, "en", (tag, SIGN_IN, reason), id=wish
            )
            for stored, wish, tag, reason in (
                (("fr-CA",), "fr", "fr-CA", R.VARIETY),
                (("pt-PT", "pt-BR"), "pt", "pt-BR", R.VARIETY),
                (("pt-PT", "en"), "pt-BR", "pt-PT", R.VARIETY),
                (("pt", "pt-PT"), "pt-AO", "pt-PT", R.LOOKUP),
                (("zh-CN", "zh-HK", "zh-TW"), "zh-Hant", "zh-TW", R.VARIETY),
                (("zh", "zh-CN", "zh-TW", "zh-HK"), "zh-MO", "zh-HK", R.LOOKUP),
                (("zh", "zh-HK"), "zh-TW", "zh-HK", R.VARIETY),
                (("zh-CN", "en"), "zh-Hant-HK", "zh-CN", R.VARIETY),
                (("zh", "zh-TW"), "zh-SG", "zh", R.LOOKUP),
                (("es", "es-419"), "es-MX", "es-419", R.LOOKUP),
                (("en", "en-GB"), "en-AU", "en", R.LOOKUP),
                (("en-US", "en-001", "en-GB"), "en-DE", "en-001", R.LOOKUP),
                (("en-US", "en-GB"), "en-AU", "en-GB", R.VARIETY),
                (("es-ES", "es-MX"), "es-AR", "es-MX", R.VARIETY),
                (("ar",), "arz", "ar", R.VARIETY),
                (("nn", "no"), "nb-NO", "no", R.VARIETY),
                (("nb",), "nn", "nb", R.VARIETY),
                (("nb-NO",), "no", "nb-NO", R.VARIETY),
                (("he", "en"), "iw-IL", "he", R.LOOKUP),
                (("iw",), "he", "iw", R.EXACT),
            )
        ),
        pytest.param(
            [("de", SIGN_IN), ("en", SIGN_IN)],
            "tlh",
            "de",
            ("de", SIGN_IN, R.FALLBACK_LANGUAGE),
            id="unknown-falls-to-the-tenants",
        ),
        pytest.param([("pt-BR", SIGN_IN)], "PT_br", "en", ("pt-BR", SIGN_IN, R.EXACT), id="case"),
        pytest.param([("pt-br", SIGN_IN)], "pt-BR", "en", ("pt-br", SIGN_IN, R.EXACT), id="case-2"),
        pytest.param(
            [("pt-br", SIGN_IN), ("pt-BR", SIGN_IN)],
            "pt-BR",
            "en",
            ("pt-BR", SIGN_IN, R.EXACT),
            id="the-same-spelling-first",
        ),
        pytest.param(
            [("en", SIGN_IN)], None, "en", ("en", SIGN_IN, R.FALLBACK_LANGUAGE), id="no-locale"
        ),
        pytest.param(
            [("en", SIGN_IN)], "", "EN", ("en", SIGN_IN, R.FALLBACK_LANGUAGE), id="empty-locale"
        ),
        pytest.param(
            [("x y", SIGN_IN)], "x y", "en", ("x y", SIGN_IN, R.EXACT), id="not-a-tag-but-the-same"
        ),
    ],
)
def test_a_stored_template_is_found_in_this_order(stored, locale, fallback, expected):
    found = index(*stored).find(SIGN_IN, locale, fallback)

    assert (found and (found.tag, found.type, found.reason)) == expected
    assert found is None or found.id == f"{found.tag}/{found.type}"


def test_of_duplicates_the_first_is_found():  # 22
    found = TemplateIndex([("a", "en", SIGN_IN), ("b", "en", SIGN_IN)]).find(SIGN_IN, "en", "en")

    assert found is not None
    assert found.id == "a"


@pytest.mark.parametrize(
    ("configured", "kind", "reason"),
    [
        pytest.param([REGISTER, SIGN_IN, GENERIC], SIGN_IN, R.CONNECTOR, id="14-exact-type"),
        pytest.param([REGISTER, GENERIC], GENERIC, R.CONNECTOR_GENERIC, id="15-generic"),
    ],
)
def test_without_a_stored_template_the_connectors_serves(configured, kind, reason):  # 20
    choice = choose(SIGN_IN, locale="fr", index=TemplateIndex(), configured=configured)

    assert (choice.type, choice.reason, choice.id) == (kind, reason, None)


def test_without_any_template_there_is_none():  # 16
    with pytest.raises(TemplateNotFound):
        choose(SIGN_IN, index=TemplateIndex(), configured=[REGISTER])


def test_a_stored_generic_beats_the_connectors_exact_type():
    choice = choose(SIGN_IN, locale="fr", index=index(("en", GENERIC)), configured=[SIGN_IN])

    assert choice.reason is R.GENERIC


@pytest.mark.parametrize("kind", NOTICES)
def test_generic_is_never_chosen_for_a_notice(kind):
    stored = index(("en", GENERIC))

    assert stored.find(kind, "en", "en") is None
    with pytest.raises(TemplateNotFound):
        choose(kind, locale="en", index=stored, configured={GENERIC})
