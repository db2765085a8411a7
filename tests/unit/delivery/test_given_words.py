"""Words that are handed in, such as a draft, stand where the stored ones of their level do."""

from __future__ import annotations

from typing import Any

import pytest

from carteiro.delivery.compose import GIVEN, Given, compose_given
from carteiro.delivery.workspaces.letterhead import Letterhead, Level
from carteiro.errors import TemplateNotFound
from carteiro.model.kinds import TemplateType
from carteiro.model.message import TemplateSource
from carteiro.templates.choose import TemplateIndex
from carteiro.templates.compiled import compile_template
from carteiro.testing.outbox import OutboxConnector

SIGN_IN = TemplateType.SIGN_IN
WORKSPACE: Any = None  # the words are given, and so is what they are put on
WORDS = compile_template(
    TemplateSource(subject="S {{code}}", content="<p>{{code}}</p>", send_from="Template"),
    language="pt-BR",
)


def head(*names: str | None) -> Letterhead:
    levels = [Level(index=TemplateIndex(), from_name=name) for name in names]
    return Letterhead(levels=levels, route=())


def sender(given: Given, letterhead: Letterhead) -> str | None:
    letter = compose_given(
        WORKSPACE, OutboxConnector(), SIGN_IN, {"code": "0427"}, given, letterhead
    )
    assert letter.content is not None
    return letter.content.sender.name


@pytest.mark.parametrize(
    ("level", "names", "expected"),
    [
        (0, ("Near", "Next", None), "Template"),
        (0, (None, "Next", None), "Template"),
        (1, ("Near", "Next", None), "Near"),
        (1, (None, "Next", None), "Template"),
        (2, ("Near", "Next", None), "Near"),
        (2, (None, "Next", None), "Next"),
        (2, (None, None, None), "Template"),
        (0, (None,), "Template"),
    ],
)
def test_they_are_of_the_nearest_level_or_of_the_one_that_is_said(
    level: int, names: tuple[str | None, ...], expected: str
) -> None:
    assert sender(Given(compiled=WORDS, level=level), head(*names)) == expected


def test_they_are_what_they_were_handed_in_as_and_rendered_as_any_other() -> None:
    given, named = Given(compiled=WORDS), Given(compiled=WORDS, name="draft")

    one, other = (
        compose_given(WORKSPACE, OutboxConnector(), SIGN_IN, {"code": "0427"}, each, head(None))
        for each in (given, named)
    )

    assert one.content is not None
    assert (one.content.subject, one.content.html) == ("S 0427", "<p>0427</p>")
    assert (one.template, other.template) == (GIVEN, "draft")
    assert (one.compiled, one.revision) == (WORDS, None)
    with pytest.raises(TemplateNotFound):
        compose_given(
            WORKSPACE, OutboxConnector(), SIGN_IN, {"link": "https://a.test"}, given, head(None)
        )
