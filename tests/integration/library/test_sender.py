"""What the library's sender promises beside the words: which ones, once, and where to."""

from __future__ import annotations

import asyncio
from ipaddress import ip_network

import pytest

import carteiro
from carteiro.errors import NotSupportedByConnector, TemplateNotFound
from carteiro.model.message import Rendered
from carteiro.testing.http_sink import Answer, HttpSink
from carteiro.testing.smtp_server import SmtpSink
from provider_parts import documented
from smtp_parts import config

SMTP = "simple-mail-transfer-protocol"
SIGN_IN, REGISTER = carteiro.TemplateType.SIGN_IN, carteiro.TemplateType.REGISTER
INVITATION = carteiro.TemplateType.ORGANIZATION_INVITATION
CODE = {"code": "042137"}


def template(content: str) -> carteiro.CompiledTemplate:
    return carteiro.compile_template(carteiro.TemplateSource(subject="Hello", content=content))


async def test_the_template_is_the_callers_or_that_of_the_kind() -> None:
    async with SmtpSink() as sink, carteiro.open_sender(SMTP, config(sink.port)) as sender:
        await sender.send("a@e.com", SIGN_IN, CODE)
        await sender.send("a@e.com", REGISTER, CODE)
        await sender.send("a@e.com", REGISTER, CODE, template=template("<p>{{code}}</p>"))
        with pytest.raises(TemplateNotFound):
            await sender.send("a@e.com", INVITATION, {"link": "https://e.com/j"})

    assert [mail.message["Subject"] for mail in sink.received] == ["SignIn", "Register", "Hello"]


async def test_a_kind_that_the_config_has_no_words_for_is_refused() -> None:
    mailgun = documented("mailgun-email")
    del mailgun["deliveries"]["Generic"]
    async with carteiro.open_sender("mailgun-email", mailgun) as sender:
        with pytest.raises(TemplateNotFound):
            await sender.send("a@e.com", REGISTER, CODE)


async def test_a_welcome_needs_neither_code_nor_link() -> None:
    async with SmtpSink() as sink, carteiro.open_sender(SMTP, config(sink.port)) as sender:
        await sender.send("a@e.com", SIGN_IN, {"name": "Ana"}, template=template("Hi {{name}}"))

    assert "Hi Ana" in sink.received[0].raw.decode()


async def test_the_same_message_has_the_same_id_and_another_one_another() -> None:
    async with SmtpSink() as sink, carteiro.open_sender(SMTP, config(sink.port)) as sender:
        for message_id in ("order-7", "order-7", None, None):
            await sender.send("a@e.com", SIGN_IN, CODE, message_id=message_id)
        words = Rendered(subject="s", text="t")
        await sender.send_rendered("a@e.com", words, message_id="order-7")

    ids = [mail.message["Message-ID"] for mail in sink.received]
    assert ids[0] == ids[1] == ids[4]
    assert len(set(ids)) == 3


async def test_where_the_words_are_the_providers_none_are_given() -> None:
    async with (
        HttpSink(Answer(200, b"{}")) as sink,
        carteiro.open_sender("http-email", {"endpoint": sink.url}, guard=False) as sender,
    ):
        await sender.send("a@e.com", SIGN_IN, CODE)
        with pytest.raises(NotSupportedByConnector):
            await sender.send_rendered("a@e.com", Rendered(subject="s", text="t"))

    assert [request.json()["type"] for request in sink.requests] == ["SignIn"]


@pytest.mark.parametrize("network", ["127.0.0.0/8", "10.0.0.0/8"])
async def test_a_guard_lets_through_what_it_is_told_to(network: str) -> None:
    allow, arrives = [ip_network(network)], network.startswith("127")
    async with (
        SmtpSink() as sink,
        carteiro.open_sender(SMTP, config(sink.port), guard=True, allow=allow) as sender,
    ):
        if arrives:
            await sender.send("a@e.com", SIGN_IN, CODE)
        else:
            with pytest.raises(carteiro.ConnectorError):
                await sender.send("a@e.com", SIGN_IN, CODE)

    assert len(sink.received) == arrives


async def test_nothing_is_open_when_it_is_closed() -> None:
    async with SmtpSink() as sink:
        async with carteiro.open_sender(SMTP, config(sink.port)) as sender:
            await sender.send("a@e.com", SIGN_IN, CODE)
            kept = len(sink.lines)
        async with asyncio.timeout(20):
            while sink.lines:
                await asyncio.sleep(0.01)

    assert kept == 1


async def test_no_http_connection_is_open_when_it_is_closed() -> None:
    async with HttpSink(Answer(200, b"{}")) as sink:
        ways = {"endpoint": sink.url}
        async with carteiro.open_sender("http-email", ways, guard=False) as sender:
            await sender.send("a@e.com", SIGN_IN, CODE)
            session = sender._connector.services.http  # its end is seen from nowhere else

        with pytest.raises(carteiro.ConnectorError):
            await session.post(sink.url, data=b"{}", headers={})
