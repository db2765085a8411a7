"""Mails as a real server takes them: signed in the very form that receivers verify."""

from __future__ import annotations

import dataclasses

import pytest

from carteiro.clock import SystemClock
from carteiro.connectors.builtin.relay import SmtpRelay
from carteiro.connectors.contract import Services
from carteiro.connectors.dkim.keys import KeyAlgorithm
from carteiro.connectors.dkim.signing import Signer
from carteiro.connectors.egress.guard import EgressPolicy
from carteiro.connectors.http.client import HttpClient
from carteiro.connectors.providers.smtp import SmtpConnector
from carteiro.model.addresses import Sender, parse_address
from carteiro.testing.smtp_server import SmtpSink
from dkim_parts import dkimpy_accepts, key, perl_says, zone_of
from dns_parts import DnsServer
from smtp_parts import config, message

OPEN = EgressPolicy(enabled=False)
WORDS = [
    {},
    {"text": "plain\n", "html": None},
    {"text": ".\n..dots\n\n\n", "html": "<p>x  y \t</p>\n\n\n"},
    {"text": "код " * 400, "html": "<p>код 123456</p>"},
    {"subject": "Ein sehr langer Betreff über vieles " * 4, "text": "x" * 3000, "html": None},
]


@pytest.mark.parametrize("words", WORDS, ids=["mixed", "plain", "dots", "base64", "long"])
@pytest.mark.parametrize("to", ["to@e.com", "jürgen@e.com"])
async def test_two_verifiers_of_others_take_a_mail_for_good(words: dict[str, str], to: str) -> None:
    one = key()
    http = HttpClient(OPEN)
    services = Services(http=http, clock=SystemClock(), signer=Signer([one]))
    async with SmtpSink() as sink, DnsServer(zone_of(one)) as server:
        given = config(sink.port, customHeaders={"X-Team": "sign-in"}, replyTo="help@e.com")
        connector = SmtpConnector(SmtpConnector.parse(given), services)
        await connector.send(message(to, **words))
        await connector.close()
        said = await perl_says(sink.received[0].raw, server.port)
    await http.close()

    assert said == ["e.com s1 pass"]
    assert dkimpy_accepts(sink.received[0].raw, one)


async def test_a_server_that_passes_the_mail_on_leaves_the_signature_good() -> None:
    one, short = key(), key(selector="e1", algorithm=KeyAlgorithm.ED25519)
    relay_from = parse_address("no-reply@e.com")
    async with SmtpSink() as sink, DnsServer(zone_of(one, short)) as server:
        relay = SmtpRelay(f"smtp://127.0.0.1:{sink.port}", relay_from, OPEN)
        await relay.send(message(), "Ana", Signer([one, short]))
        await relay.send(message(), "Ana")
        await relay.close()
        said = await perl_says(sink.received[0].raw, server.port)

    assert said[0] == "e.com s1 pass"
    assert said[1].startswith("e.com e1 ")
    assert b"DKIM-Signature" not in sink.received[1].raw


async def test_a_template_s_sender_of_another_domain_gets_no_signature_of_ours() -> None:
    http = HttpClient(OPEN)
    services = Services(http=http, clock=SystemClock(), signer=Signer([key()]))
    async with SmtpSink() as sink:
        connector = SmtpConnector(SmtpConnector.parse(config(sink.port)), services)
        foreign = message()
        assert foreign.content is not None
        content = dataclasses.replace(
            foreign.content, sender=Sender("Eve", parse_address("eve@other.test"))
        )
        await connector.send(dataclasses.replace(foreign, content=content))
        await connector.close()
    await http.close()

    assert b"DKIM-Signature" not in sink.received[0].raw
