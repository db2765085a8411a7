"""A preview is what comes out of a real mail transfer agent, but for the lines that it puts on top.

Debian's postfix takes the mail by SMTP, delivers it to a mailbox and passes it on to another server.
What may be new, and where it stands:

* ``Received``: every server on the way tells of itself, in front of all else (RFC 5321 §4.4).
* ``Return-Path``: the last one, at delivery (RFC 5321 §4.4).
* ``Delivered-To`` (RFC 9228) and ``X-Original-To``: postfix's mailbox, against loops of forwarding.

Nothing else may differ. A server that passes mail on changes neither header nor body (RFC 5321
§3.6.3). What one that takes it first may add (``From``, ``Date``, ``Message-ID`` that lack, RFC 5321
§6.4, RFC 6409 §8) is there. What it may convert for a server that takes only seven bits (RFC 6152
§3) or break where lines are too long (RFC 5322 §2.1.1) is written in seven bits and short lines. In
a mailbox of Unix lines end with a line feed: that is how they are stored, and not what was said.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pytest
from pydantic import SecretStr

import smtp_parts
from carteiro.connectors.contract import Services
from carteiro.connectors.dkim.keys import KeyAlgorithm
from carteiro.connectors.dkim.signing import Signer
from carteiro.connectors.egress.guard import EgressPolicy
from carteiro.connectors.http.client import HttpClient
from carteiro.connectors.providers.smtp import SmtpConnector
from carteiro.flows.administer.mail.connectors import NewConnector, create_connector
from carteiro.flows.administer.mail.dkim_keys import KeyName, make_key, use_key
from carteiro.flows.administer.mail.preview import Wish, preview
from carteiro.flows.administer.mail.templates import Draft, put_templates
from carteiro.flows.operate.send_message import Letter, send_message
from carteiro.flows.world import World
from carteiro.model.kinds import NOTICES, TemplateType, WayOn, way_on
from carteiro.runtime.opening import open_world
from carteiro.settings import Settings
from carteiro.templates.samples import Sample
from carteiro.testing.clock import FrozenClock
from carteiro.testing.smtp_server import SmtpSink
from dkim_parts import good_signatures, key
from integration.delivery.test_previews import given
from postfix_parts import Postfix, running_postfix

T = "default"
CODE = "042137"
TO = "person@example.com"  # whom a preview writes to
AT_DELIVERY = ["Return-Path", "X-Original-To", "Delivered-To", "Received"]
ONE_DATABASE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
LONG = "x" * 2500
WORDS: Mapping[str, Mapping[str, str]] = {
    # quoted-printable in both parts, a subject and a sender that are encoded
    "fr": {
        "subject": "Votre code à usage unique {{application.name}} — déjà prêt, où que vous soyez",
        "content": "<!doctype html><html lang='fr'><head><style>p { color: #123456 }</style></head>"
        "<body><p>Déjà vu, {{user.name}}: WAY</p><p>.</p><p>From here = there</p></body></html>",
        "sendFrom": "Crème & Søn “{{application.name}}” <a@b.example>",
        "replyTo": "Ajuda é “nossa” <help@b.example>",
    },
    # base64
    "ru": {"subject": "Код {{application.name}}", "content": "<p>" + "Ваш код. " * 40 + "WAY</p>"},
    # seven bits, as they are, with lines that begin with dots and with From
    "en": {"subject": "Your code", "content": ".\n..WAY\nFrom me\n.", "contentType": "text/plain"},
    # lines that are too long for a mail
    "de": {"subject": "Lang " * 60, "content": f"<p>{LONG}</p><p>{LONG} WAY</p>"},
}


@dataclass
class Stage:
    """A world whose mail goes to postfix, signed by two keys; time stands still."""

    world: World
    postfix: Postfix
    clock: FrozenClock
    records: Mapping[str, str]
    """What the DNS would say of the keys."""

    async def connect(self, id_: str, config: Mapping[str, Any]) -> None:
        await create_connector(self.world, T, NewConnector(connector_id=id_, config=config))

    async def both(self, kind: TemplateType, locale: str) -> tuple[bytes, bytes]:
        """What a preview shows, and what lies in the mailbox, with lines as in SMTP."""
        self.clock.advance(3600)  # one recipient may get only so many at once
        data = given(kind)
        code = {"code": CODE} if way_on(kind) is WayOn.CODE else {}
        letter = Letter(to=TO, type=kind, locale=locale, variables={**data, **code})
        id_ = (await send_message(self.world, T, letter)).id
        wish = Wish(type=kind, language=locale, data=data, sample=Sample.NONE, id=id_)
        shown = await preview(self.world, T, wish)
        assert shown.is_exact
        assert shown.eml is not None
        return shown.eml, (await self.postfix.next_raw()).replace(b"\n", b"\r\n")


@pytest.fixture(scope="module")
def postfix() -> Iterator[Postfix]:
    with running_postfix(utf8=True) as running:
        yield running


@pytest.fixture
async def stage(settings: Settings, postfix: Postfix) -> AsyncIterator[Stage]:
    relayed = settings.model_copy(
        update={"mailbox": None, "relay_url": SecretStr(f"smtp+plain://127.0.0.1:{postfix.port}")}
    )
    clock, records = FrozenClock(), {}
    async with open_world(relayed, clock) as world:
        for domain in ("b.example", "e.com", "carteiro.test"):
            for algorithm in KeyAlgorithm:
                row = await make_key(
                    world, T, domain=domain, algorithm=algorithm, selector=f"s-{algorithm}"
                )
                await use_key(world, T, KeyName(domain=domain, selector=row.selector), unseen=True)
                records[f"{row.selector}._domainkey.{domain}"] = row.record
        yield Stage(world, postfix, clock, records)


def _own(kind: TemplateType) -> list[Draft]:
    way = way_on(kind)
    shown = "{{time}}" if kind in NOTICES else f"{{{{{way}}}}}"
    return [
        Draft(
            language_tag=tag,
            template_type=kind,
            details={name: text.replace("WAY", shown) for name, text in words.items()},
        )
        for tag, words in WORDS.items()
    ]


def on_top(delivered: bytes, shown: bytes) -> list[str]:
    """The names of the fields in front of what was shown, which is there to the last byte."""
    assert delivered.endswith(shown)
    added = delivered.removesuffix(shown)
    assert not added or added.endswith(b"\r\n")
    return re.findall(r"(?m)^([^\s:]+):", added.decode())


@ONE_DATABASE
async def test_nothing_but_the_lines_on_top_is_new_in_a_mail_of_own_words(stage: Stage) -> None:
    config = smtp_parts.config(
        stage.postfix.port, replyTo="help@e.com", customHeaders={"X-A": "b é " * 30}
    )
    await stage.connect("simple-mail-transfer-protocol", config)
    for kind in TemplateType:
        await put_templates(stage.world, T, _own(kind))

        for locale in WORDS:
            shown, delivered = await stage.both(kind, locale)

            assert on_top(delivered, shown) == AT_DELIVERY, (kind, locale)
            assert good_signatures(delivered, stage.records) == 2, (kind, locale)


@ONE_DATABASE
async def test_nothing_but_the_lines_on_top_is_new_in_a_prebuilt_mail(stage: Stage) -> None:
    await stage.connect("logto-email", {"senderName": "Açme", "companyInformation": "Acme & Søn"})
    for place, kind in enumerate(TemplateType):
        for locale in ("ja", "ar", "de")[place % 3 :: 3]:
            shown, delivered = await stage.both(kind, locale)

            assert on_top(delivered, shown) == AT_DELIVERY, (kind, locale)
            assert good_signatures(delivered, stage.records) == 2, (kind, locale)


BODIES: Mapping[str, Mapping[str, Any]] = {
    "quoted-printable": {"text": "é = = \n.\n..\nFrom é\n", "html": f"<p>é {LONG}</p>\n\n\n"},
    "base64": {"text": "код " * 400, "html": "<p>код 123456</p>"},
    "plain": {"text": ".\n..dots \nFrom me\n" + LONG, "html": None},
}


@pytest.mark.parametrize("words", BODIES.values(), ids=list(BODIES))
@pytest.mark.parametrize("to", ["ana@onward.test", "jürgen@onward.test"])
async def test_a_server_that_passes_a_mail_on_adds_its_own_line_and_no_other(
    postfix: Postfix, words: Mapping[str, Any], to: str
) -> None:
    http = HttpClient(EgressPolicy(enabled=False))
    keys = [key(selector=f"s-{one}", algorithm=one) for one in KeyAlgorithm]
    services = Services(http=http, clock=FrozenClock(), signer=Signer(keys))
    config = smtp_parts.config(postfix.port, replyTo="Ajuda é <help@e.com>")
    connector = SmtpConnector(SmtpConnector.parse(config), services)
    mail = smtp_parts.message(to, subject="Código — " * 20, **words)
    async with SmtpSink(port=postfix.next_hop) as sink, asyncio.timeout(30):
        await connector.send(mail)
        while not sink.received:
            await asyncio.sleep(0.02)
    await connector.close()
    await http.close()

    written = connector.written(mail).data
    assert written is not None
    assert on_top(sink.received[0].raw, written) == ["Received"]
    assert good_signatures(sink.received[0].raw, {one.host: one.record for one in keys}) == 2
