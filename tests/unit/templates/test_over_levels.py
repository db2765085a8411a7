"""Which template serves where an organization, an application and the tenant have some (0041)."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from carteiro.model.kinds import TemplateType as T
from carteiro.templates.choose import TemplateIndex, over_levels

SIGN_IN, GENERIC, NOTICE = T.SIGN_IN, T.GENERIC, T.PASSWORD_CHANGED
Keys = Sequence[tuple[str, T]]


def names(levels: Sequence[Keys], kind: T, locale: str | None, fallback: str = "en") -> list[str]:
    """The templates in their order: ``0/pt/SignIn`` is the nearest level's."""
    indexes = [TemplateIndex((f"{tag}/{one}", tag, one) for tag, one in keys) for keys in levels]
    found = over_levels(indexes, kind, locale, fallback)
    return [f"{placed.level}/{placed.found.id}" for placed in found]


@pytest.mark.parametrize(
    ("levels", "locale", "expected"),
    [
        pytest.param(
            [[("pt", SIGN_IN)], [("pt", SIGN_IN)]], "pt", "0/pt/SignIn", id="nearest-of-equals"
        ),
        pytest.param(
            [[("en", SIGN_IN)], [("pt", SIGN_IN)]], "pt", "1/pt/SignIn", id="language-before-level"
        ),
        pytest.param(
            [[("en", SIGN_IN)], [], [("pt-BR", SIGN_IN)]],
            "pt-PT",
            "2/pt-BR/SignIn",
            id="a-variety-is-the-language",
        ),
        pytest.param(
            [[("pt-BR", SIGN_IN)], [("pt-PT", SIGN_IN)]],
            "pt-PT",
            "0/pt-BR/SignIn",
            id="the-nearest-variety",
        ),
        pytest.param(
            [[("en", SIGN_IN)], [("en", SIGN_IN)]], "pt", "0/en/SignIn", id="nearest-in-fallback"
        ),
        pytest.param(
            [[("en", GENERIC)], [("en", SIGN_IN)]], "en", "0/en/Generic", id="level-before-type"
        ),
        pytest.param(
            [[("pt", GENERIC)], [("pt", SIGN_IN)]],
            "pt",
            "0/pt/Generic",
            id="generic-in-the-language",
        ),
        pytest.param(
            [[("pt", GENERIC), ("pt", SIGN_IN)], []], "pt", "0/pt/SignIn", id="type-in-a-level"
        ),
        pytest.param(
            [[("en", GENERIC)], [("pt", GENERIC)]],
            "pt",
            "0/en/Generic",
            id="the-tenants-generic-in-fallback-alone",
        ),
        pytest.param(
            [[("zh-CN", SIGN_IN)], [("zh-TW", SIGN_IN)]],
            "zh-TW",
            "0/zh-CN/SignIn",
            id="scripts-as-in-one-index",
        ),
    ],
)
def test_first_the_language_then_the_level_then_the_type(
    levels: Sequence[Keys], locale: str, expected: str
) -> None:
    assert names(levels, SIGN_IN, locale)[0] == expected


def test_what_comes_after_follows_in_the_same_order() -> None:
    levels = [
        [("en", SIGN_IN), ("en", GENERIC)],
        [("pt", SIGN_IN), ("en", SIGN_IN)],
        [("pt", SIGN_IN), ("en", GENERIC)],
    ]

    assert names(levels, SIGN_IN, "pt") == [
        "1/pt/SignIn",
        "2/pt/SignIn",
        "0/en/SignIn",
        "0/en/Generic",
    ]


def test_no_generic_stands_in_for_a_notice() -> None:
    levels = [[("en", GENERIC)], [("en", NOTICE)]]

    assert names(levels, NOTICE, "en") == ["1/en/PasswordChanged"]


def test_nothing_anywhere_is_nothing() -> None:
    assert names([[], [], []], SIGN_IN, "pt") == []
    assert names([[("de", SIGN_IN)], []], SIGN_IN, None) == []
