"""What a preview says of a mail that somebody else writes."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from carteiro.connectors.contract import Written
from carteiro.connectors.metadata import TemplateSupport
from carteiro.delivery.compose import Given
from carteiro.delivery.previews import Gap, Preview, Sheet, Shown, preview
from carteiro.delivery.workspaces.letterhead import Letterhead, Level
from carteiro.errors import InvalidTemplate
from carteiro.languages.negotiate import LanguageDecision, LanguageReason
from carteiro.model.addresses import Mailbox, parse_address
from carteiro.model.kinds import TemplateType
from carteiro.model.message import Message, TemplateSource
from carteiro.templates.choose import TemplateIndex
from carteiro.templates.compiled import compile_template
from carteiro.testing.outbox import OutboxConnector

SENDER = Mailbox(parse_address("a@b.example"), "Acme")


class Provider(OutboxConnector):
    """Is told its sender, and writes the mail itself."""

    def __init__(self, **able: Any) -> None:
        super().__init__()
        self.capabilities = OutboxConnector.capabilities.model_copy(update=able)  # type: ignore[misc]

    def written(self, message: Message) -> Written:
        reply_to = message.content.reply_to if message.content else None
        return Written(sender=SENDER, reply_to=reply_to)


def shown(connector: OutboxConnector, content: str = "<p>{{code}}</p>", **payload: Any) -> Preview:
    source = TemplateSource(subject="S", content=content, reply_to="r@b.example")
    sheet = Sheet(
        id="0preview0",
        to=parse_address("to@b.example"),
        type=TemplateType.SIGN_IN,
        payload={"code": "042137", **payload},
        decision=LanguageDecision(tag="en", reason=LanguageReason.EXPLICIT),
        created_at=0,
        given=Given(compiled=compile_template(source, language="en")),
        letterhead=Letterhead(levels=[Level(index=TemplateIndex(()))], route=()),
    )
    workspace: Any = None  # the words are given, and so is what they are put on
    return asyncio.run(preview(workspace, connector, sheet))


def test_it_is_told_no_more_than_it_can_express() -> None:
    able, unable = shown(Provider()), shown(Provider(sender_name=False, reply_to=False))

    assert (able.sender, str(able.reply_to and able.reply_to.address)) == (SENDER, "r@b.example")
    assert (unable.sender, unable.reply_to) == (Mailbox(SENDER.address), None)
    assert (able.is_exact, unable.is_exact) == (False, False)
    assert b"Reply-To" not in (unable.eml or b"")


def test_one_that_knows_nothing_of_previews_has_the_words_alone() -> None:
    mail = shown(OutboxConnector())

    assert mail.content is not None
    assert (mail.content.html, mail.sender, mail.eml, mail.headers) == (
        "<p>042137</p>",
        None,
        None,
        (),
    )


@pytest.mark.parametrize(
    ("support", "serves"),
    [
        (TemplateSupport.OWN, True),
        (TemplateSupport.PREBUILT, False),
        (TemplateSupport.PROVIDER, False),
    ],
)
def test_words_that_the_connector_would_not_send_are_marked(
    support: TemplateSupport, serves: bool
) -> None:
    assert shown(Provider(templates=support)).serves is serves


def test_a_place_inside_a_value_that_is_not_there_is_a_gap() -> None:
    content = "<p>{{code}} {{user.name}} {{user.profile.nickname}} {{user.id}} {{nobody.x}}</p>"

    mail = shown(Provider(), content, user={"name": None, "id": 0}, extra=1)

    assert mail.missing == [
        Gap(variable="nobody.x", shown=Shown.AS_WRITTEN),
        Gap(variable="user.name", shown=Shown.NOTHING),
        Gap(variable="user.profile.nickname", shown=Shown.NOTHING),
    ]
    assert mail.unused == ["extra"]


def test_a_mail_of_megabytes_is_refused_before_it_is_written_once_more() -> None:
    with pytest.raises(InvalidTemplate):
        shown(Provider(), "<p>{{code}}</p>" + "{{big}}" * 40, big="x" * 60_000)
