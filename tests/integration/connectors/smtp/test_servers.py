"""Servers that are old, strict, confused or tired (RFC 5321), and letters beyond ASCII (RFC 6531)."""

from __future__ import annotations

import asyncio
import itertools
import socket
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest

from carteiro.errors import DeliveryFailed, Disposition
from carteiro.model.addresses import Mailbox, Sender, parse_mailbox
from carteiro.testing.smtp_server import Behaviour, SmtpSink
from smtp_parts import Connect, message

OLD = "502 5.5.1 command not implemented"
UMLAUT = "Support <jörg@example.com>"


def after(count: int, reply: str) -> Callable[[], str | None]:
    """Nothing for the first ``count`` times, then a reply at each second time."""
    times = itertools.count()
    return lambda: reply if (n := next(times)) >= count and (n - count) % 2 == 0 else None


async def failure(connector: Any, **content: Any) -> DeliveryFailed:
    with pytest.raises(DeliveryFailed) as caught:
        await asyncio.wait_for(connector.send(message(**content)), 10)
    return caught.value


@pytest.mark.parametrize("stage", ["mail", "rcpt", "data"])
async def test_a_connection_that_the_server_ends_is_replaced_at_once(
    connect: Connect, stage: str
) -> None:
    tired = Behaviour(**{stage: after(2, "421 4.7.0 too many messages in this connection")})
    async with SmtpSink(tired) as sink:
        connector = connect(sink.port)
        for _ in range(6):
            await connector.send(message())

    assert len(sink.received) == 6
    assert sink.connections == 5


async def test_a_server_that_ends_a_fresh_connection_is_not_asked_again(connect: Connect) -> None:
    async with SmtpSink(Behaviour(mail=lambda: "421 4.3.2 shutting down")) as sink:
        failed = await failure(connect(sink.port))

    assert sink.connections == 1
    assert failed.disposition is Disposition.TRANSIENT
    assert "421 4.3.2 shutting down" in failed.message


@pytest.mark.parametrize("code", ["500", "502"])
async def test_a_server_without_ehlo_is_greeted_with_helo(connect: Connect, code: str) -> None:
    async with SmtpSink(Behaviour(ehlo=lambda: f"{code} 5.5.1 what?")) as sink:
        await connect(sink.port).send(message())

    assert len(sink.received) == 1
    assert len(sink.greeted_as) == 2


@pytest.mark.parametrize(
    "changes", [{"requireTLS": True}, {"auth": {"type": "login", "user": "u", "pass": "p4ss"}}]
)
async def test_helo_is_no_way_around_tls_and_signing_in(
    connect: Connect, changes: dict[str, Any]
) -> None:
    async with SmtpSink(Behaviour(ehlo=lambda: OLD)) as sink:
        failed = await failure(connect(sink.port, **changes))

    assert sink.received == []
    assert len(sink.greeted_as) == 1
    assert "does not take EHLO (502 5.5.1" in failed.message
    assert failed.disposition is Disposition.TRANSIENT


async def test_a_machine_without_a_full_name_is_greeted_by_its_address(
    connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    from carteiro.connectors.smtp import session as smtp_session

    # By name: what a machine is called is the machine's own.
    for name, greeting in [
        ("localhost", "[127.0.0.1]"),
        ("3f2a9c1d", "[127.0.0.1]"),
        ("localhost.localdomain", "[127.0.0.1]"),
        ("10.1.2.3", "[127.0.0.1]"),
        ("mail_1.example.com", "[127.0.0.1]"),
        ("mail.example.com", "mail.example.com"),
    ]:
        monkeypatch.setattr(socket, "getfqdn", lambda name=name: name)
        smtp_session._machine_name.cache_clear()
        async with SmtpSink() as sink:
            await connect(sink.port).check()
            await connect(sink.port, name="my.host").check()
        assert sink.greeted_as == [greeting, "my.host"]
    smtp_session._machine_name.cache_clear()


@pytest.mark.parametrize("stage", ["mail", "rcpt", "ehlo"])
@pytest.mark.parametrize("garbled", ["hello", "999 what", "-12 x", "354 go on", "\x00\x01"])
async def test_what_is_no_reply_is_transient_and_ends_the_connection(
    connect: Connect, stage: str, garbled: str
) -> None:
    async with SmtpSink(Behaviour(**{stage: lambda: garbled})) as sink:
        connector = connect(sink.port)
        failed = await failure(connector)
        kept = len(connector.pool._idle)

    assert failed.disposition is Disposition.TRANSIENT
    assert failed.message.endswith("what the server said is no answer in SMTP.") or "354" in garbled
    assert kept == 0
    assert sink.received == []


async def test_a_garbled_answer_to_the_credentials_is_transient(connect: Connect) -> None:
    hello = b"250-x\r\n250 AUTH PLAIN\r\n"
    login = {"type": "login", "user": "u", "pass": "p4ss-word"}
    async with speaking(b"220 hi\r\n", hello, b"what p4ss-word?\r\n") as port:
        failed = await failure(connect(port, auth=login))

    assert failed.message == "Invalid login: what the server said is no answer in SMTP."
    assert failed.disposition is Disposition.TRANSIENT


@pytest.mark.parametrize("where", ["fromEmail", "replyTo", "template"])
async def test_letters_beyond_ascii_in_a_header_need_a_server_that_takes_them(
    connect: Connect, where: str
) -> None:
    changes = {} if where == "template" else {where: UMLAUT}
    content = {"reply_to": parse_mailbox(UMLAUT)} if where == "template" else {}
    async with SmtpSink() as able, SmtpSink(Behaviour(announce_utf8=False)) as unable:
        await connect(able.port, **changes).send(message(**content))
        failed = await failure(connect(unable.port, **changes), **content)

    header = "From" if where == "fromEmail" else "Reply-To"
    whose = "The sender's address" if where == "fromEmail" else "The reply address"
    assert able.options == [["SMTPUTF8"]]
    assert able.received[0].message[header] == UMLAUT
    assert unable.received == []
    assert failed.message.startswith(f"{whose} has letters beyond ASCII before the @")
    assert failed.disposition is Disposition.PERMANENT


async def test_a_bare_address_in_a_header_counts_too(connect: Connect) -> None:
    async with SmtpSink(Behaviour(announce_utf8=False)) as sink:
        failed = await failure(connect(sink.port, replyTo="jörg@example.com"))

    assert "SMTPUTF8" in failed.message
    assert sink.received == []


async def test_ascii_alone_does_not_ask_for_smtputf8(connect: Connect) -> None:
    async with SmtpSink() as sink:
        await connect(sink.port, replyTo="Jörg <joerg@exämple.com>").send(message())

    assert sink.options == [[]]


async def test_any_name_with_any_local_part_makes_a_header(connect: Connect) -> None:
    address = parse_mailbox("jörg@example.com").address
    async with SmtpSink() as sink:
        connector = connect(sink.port)
        for name in (None, "Plain", "a, b", 'say "hi"', "Jörg", "=?x?=", "x" * 200):
            content = {"sender": Sender(name, address), "reply_to": Mailbox(address, name)}
            await connector.send(message(**content))

    assert len(sink.received) == 7


@asynccontextmanager
async def speaking(*lines: bytes) -> AsyncIterator[int]:
    """A server that says these lines, whatever it hears."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for line in lines:
            writer.write(line)
            await reader.readline()
        writer.close()

    server = await asyncio.start_server(talk, "127.0.0.1", 0)
    yield server.sockets[0].getsockname()[1]
    server.close()


async def test_only_a_token_needs_only_xoauth2(connect: Connect) -> None:
    auth = {"type": "oauth2", "user": "u", "accessToken": "T0k3n-value"}
    hello = b"250-x\r\n250 AUTH XOAUTH2\r\n"
    async with speaking(b"220 hi\r\n", hello, b"235 come in\r\n", b"221 bye\r\n") as port:
        seen = await connect(port, auth=auth).check()

    assert seen.endswith("not encrypted (on this machine), signed in")


async def test_a_check_says_what_it_saw_and_no_more(
    connect: Connect, server_tls: ssl.SSLContext, ca: dict[str, Any]
) -> None:
    login = {"type": "login", "user": "u", "pass": "p4ss"}
    able = {"user": "u", "password": "p4ss"}
    async with (
        SmtpSink() as plain,
        SmtpSink(Behaviour(**able), tls=server_tls, implicit=True) as secure,
    ):
        tls = {"secure": True, "tls": ca}
        said = [
            await connect(plain.port).check(),
            await connect(secure.port, auth=login, **tls).check(),
        ]
    async with speaking(b"220 hi\r\n", b"250 x\r\n", b"221 bye\r\n") as port:
        said.append(await connect(port, auth=login).check())

    assert [text.partition(" ")[2] for text in said] == [
        "answers, not encrypted (on this machine), without signing in",
        "answers, TLSv1.3, signed in",
        (
            "answers, not encrypted (on this machine), "
            "the server offers no sign-in, so the credentials were not tried"
        ),
    ]


async def test_tls_from_the_first_byte_is_for_the_name_that_the_config_gives(
    connect: Connect, server_tls: ssl.SSLContext, ca: dict[str, Any]
) -> None:
    async with SmtpSink(tls=server_tls, implicit=True) as sink:
        tls = {"secure": True, "tls": ca}
        await connect(sink.port, servername="localhost", **tls).send(message())
        failed = await failure(connect(sink.port, servername="mail.else.test", **tls))

    assert "certificate" in failed.message
    assert len(sink.received) == 1


@pytest.mark.parametrize("timeout", ["connectionTimeout", "greetingTimeout"])
async def test_a_silent_server_ends_at_its_own_time(connect: Connect, timeout: str) -> None:
    async def listen(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    server = await asyncio.start_server(listen, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    times = {"connectionTimeout": 300, "greetingTimeout": 300, "socketTimeout": 20_000}
    failed = await failure(connect(port, **times, secure=timeout == "connectionTimeout"))
    server.close()

    assert failed.disposition is Disposition.TRANSIENT
