"""SMTP against a real server that behaves as it is told."""

from __future__ import annotations

import asyncio
import ssl
from typing import Any

import pytest
import trustme

from carteiro.connectors.smtp.pool import SmtpPool
from carteiro.errors import DeliveryFailed, Disposition
from carteiro.model.addresses import Mailbox, Sender, parse_address
from carteiro.testing.http_sink import Answer, HttpSink
from carteiro.testing.smtp_server import Behaviour, SmtpSink
from smtp_parts import Connect, message


async def test_the_mail_arrives_as_it_was_meant(connect: Connect) -> None:
    headers = {"X-A": "1", "X-B": ["2", "3"]}
    async with SmtpSink() as sink:
        receipt = await connect(sink.port, replyTo="R <r@e.com>", customHeaders=headers).send(
            message()
        )

    got = sink.received[0]
    mail = got.message
    assert (got.mail_from, got.rcpt_tos) == ("f@e.com", ["to@e.com"])
    assert mail["From"] == "Näme <f@e.com>"
    assert mail["To"] == "to@e.com"
    assert mail["Reply-To"] == "R <r@e.com>"
    assert mail["Subject"] == "Ünï 123456"
    assert mail["Message-ID"] == f"<{'m' * 21}@e.com>"
    assert mail["Date"].datetime.timestamp() == 1_800_000_000
    assert mail["Auto-Submitted"] == "auto-generated"
    assert (mail["X-A"], mail.get_all("X-B")) == ("1", ["2", "3"])
    assert mail.get_content_type() == "multipart/alternative"
    assert mail.get_body(("plain",)).get_content().replace("\r\n", "\n") == "123456 é\n"
    assert mail.get_body(("html",)).get_content().replace("\r\n", "\n") == "<b>123456</b> é\n"
    assert receipt.detail == "250 2.0.0 queued as 1 (sent without TLS)"


async def test_a_template_may_name_the_sender_and_where_answers_go(connect: Connect) -> None:
    content = {
        "sender": Sender("Acmé", parse_address("z@e.com")),
        "reply_to": Mailbox(parse_address("u@e.com")),
    }
    async with SmtpSink() as sink:
        await connect(sink.port).send(message(**content))

    assert sink.received[0].mail_from == "z@e.com"
    assert sink.received[0].message["From"] == "Acmé <z@e.com>"
    assert sink.received[0].message["Reply-To"] == "u@e.com"


async def test_a_plain_template_is_one_part(connect: Connect) -> None:
    async with SmtpSink() as sink:
        await connect(sink.port).send(message(html=None))

    assert sink.received[0].message.get_content_type() == "text/plain"


async def test_connections_are_kept(connect: Connect) -> None:
    async with SmtpSink() as sink:
        connector = connect(sink.port)
        for _ in range(5):
            await connector.send(message())

    assert (len(sink.received), sink.connections) == (5, 1)


async def test_many_at_once_stay_within_the_limit(connect: Connect) -> None:
    async with SmtpSink() as sink:
        connector = connect(sink.port)
        await asyncio.gather(*(connector.send(message()) for _ in range(50)))

    assert len(sink.received) == 50
    assert connector.pool.connections_opened <= 5


async def test_a_connection_that_died_while_idle_is_replaced(connect: Connect) -> None:
    async with SmtpSink() as sink:
        connector = connect(sink.port)
        await connector.send(message())
        kept = connector.pool._idle[0].client
        kept.transport.abort()
        await asyncio.sleep(0)
        await connector.send(message())

    assert (len(sink.received), sink.connections) == (2, 2)


async def test_a_server_that_restarts_is_found_again(connect: Connect) -> None:
    async with SmtpSink() as first:
        connector = connect(first.port)
        await connector.send(message())
        port = first.port
    connector.pool._idle[0].client.transport.abort()
    async with SmtpSink(port=port) as second:
        await connector.send(message())

    assert len(second.received) == 1


async def test_a_connection_is_replaced_after_its_share_of_messages(connect: Connect) -> None:
    async with SmtpSink() as sink:
        pool = SmtpPool(connect(sink.port).pool.server, messages_per_connection=2)
        for _ in range(4):
            await pool.send(
                parse_address("f@e.com"), parse_address("t@e.com"), b"A: b\r\n\r\nx\r\n"
            )
        await pool.close()

    assert sink.connections == 2


async def test_an_idle_connection_is_closed_by_itself(connect: Connect) -> None:
    async with SmtpSink() as sink:
        pool = SmtpPool(connect(sink.port).pool.server, idle_close=0.05)
        await pool.send(parse_address("f@e.com"), parse_address("t@e.com"), b"A: b\r\n\r\nx\r\n")

        async with asyncio.timeout(60):
            while pool._idle:
                await asyncio.sleep(0.01)


async def test_a_refused_recipient_leaves_the_connection_usable(connect: Connect) -> None:
    replies = iter(["550 5.1.1 no such user", None])
    async with SmtpSink(Behaviour(rcpt=lambda: next(replies))) as sink:
        connector = connect(sink.port)
        with pytest.raises(DeliveryFailed):
            await connector.send(message())
        await connector.send(message())

    assert (len(sink.received), sink.connections) == (1, 1)


@pytest.mark.parametrize(
    ("behaviour", "text", "disposition"),
    [
        (
            Behaviour(mail=lambda: "451 4.3.0 try later"),
            "Mail command failed: 451 4.3.0 try later",
            "transient",
        ),
        (
            Behaviour(mail=lambda: "550 5.7.1 go away"),
            "Mail command failed: 550 5.7.1 go away",
            "permanent",
        ),
        (
            Behaviour(rcpt=lambda: "550 5.1.1 no such user"),
            "Can't send mail - all recipients were rejected: 550 5.1.1 no such user",
            "permanent",
        ),
        (
            Behaviour(rcpt=lambda: "450 4.2.0 Greylisted, try again"),
            "450 4.2.0 Greylisted",
            "transient",
        ),
        (Behaviour(data=lambda: "554 5.7.1 spam"), "Message failed: 554 5.7.1 spam", "permanent"),
        (Behaviour(data=lambda: "452 4.7.0 too many messages"), "452 4.7.0", "throttled"),
        (Behaviour(drop_at="dot"), "did not confirm", "unknown"),
        (Behaviour(drop_at="data"), "did not confirm", "unknown"),
        (Behaviour(drop_at="mail"), "closed the connection", "transient"),
        (Behaviour(drop_at="rcpt"), "closed the connection", "transient"),
    ],
)
async def test_a_failure_says_what_the_server_said(
    connect: Connect, behaviour: Behaviour, text: str, disposition: str
) -> None:
    async with SmtpSink(behaviour) as sink:
        with pytest.raises(DeliveryFailed) as failure:
            await connect(sink.port).send(message())

    assert text in failure.value.message
    assert failure.value.data == {"message": failure.value.message}
    assert failure.value.disposition == disposition


async def test_greylisting_passes_on_the_next_attempt(connect: Connect) -> None:
    replies = iter(["451 4.7.1 Greylisting in action", None])
    async with SmtpSink(Behaviour(rcpt=lambda: next(replies))) as sink:
        connector = connect(sink.port)
        with pytest.raises(DeliveryFailed) as failure:
            await connector.send(message())
        await connector.send(message())

    assert failure.value.disposition is Disposition.TRANSIENT
    assert sink.received[0].message["Message-ID"] == f"<{'m' * 21}@e.com>"


@pytest.mark.parametrize("stage", ["mail", "rcpt", "data"])
async def test_a_tar_pit_ends_at_its_timeout(connect: Connect, stage: str) -> None:
    # What comes before the silence has to be through in this time.
    patience = 3_000 if stage == "data" else 200
    async with SmtpSink(Behaviour(hang_at=stage)) as sink:
        with pytest.raises(DeliveryFailed) as failure:
            await connect(sink.port, socketTimeout=patience).send(message())

    expected = Disposition.UNKNOWN if stage == "data" else Disposition.TRANSIENT
    assert failure.value.disposition is expected


async def test_a_cancelled_send_frees_its_place(connect: Connect) -> None:
    async with SmtpSink(Behaviour(hang_at="mail")) as sink:
        connector = connect(sink.port)
        tasks = [asyncio.create_task(connector.send(message())) for _ in range(5)]
        await asyncio.sleep(0.2)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        sink.behaviour.hang_at = None
        await asyncio.wait_for(connector.send(message()), 60)

    assert len(sink.received) == 1


@pytest.mark.parametrize(
    "auth", [{"type": "login", "user": "u", "pass": "p4ss"}, {"user": "u", "pass": "p4ss"}]
)
async def test_user_and_password_sign_in(connect: Connect, auth: dict[str, str]) -> None:
    async with SmtpSink(Behaviour(user="u", password="p4ss")) as sink:
        await connect(sink.port, auth=auth).send(message())

    assert len(sink.received) == 1


async def test_a_wrong_password_is_permanent_and_not_told(connect: Connect) -> None:
    async with SmtpSink(Behaviour(user="u", password="right")) as sink:
        connector = connect(sink.port, auth={"user": "u", "pass": "wr0ng-pass"})
        with pytest.raises(DeliveryFailed) as failure:
            await connector.send(message())

    assert failure.value.message.startswith("Invalid login: 535")
    assert failure.value.disposition is Disposition.PERMANENT
    assert "wr0ng-pass" not in repr(failure.value) + str(failure.value.data)


async def test_without_credentials_no_auth_is_tried(connect: Connect) -> None:
    async with SmtpSink(Behaviour(announce_utf8=False)) as sink:
        await connect(sink.port, auth={"type": "login"}).send(message())

    assert len(sink.received) == 1


async def test_a_token_signs_in(connect: Connect) -> None:
    auth = {"type": "oauth2", "user": "u", "accessToken": "T0k3n-value"}
    async with SmtpSink(Behaviour(user="u", password="T0k3n-value")) as sink:
        await connect(sink.port, auth=auth).send(message())

    assert len(sink.received) == 1


async def test_a_refresh_token_gets_a_new_token_once(connect: Connect) -> None:
    body = b'{"access_token":"fresh-token","expires_in":3600}'
    async with (
        SmtpSink(Behaviour(user="u", password="fresh-token")) as sink,
        HttpSink(Answer(200, body)) as tokens,
    ):
        auth = {
            "type": "OAuth2",
            "user": "u",
            "clientId": "c",
            "clientSecret": "s3cret",
            "refreshToken": "r3fresh",
            "accessToken": "stale-token",
            "accessUrl": tokens.url,
        }
        connector = connect(sink.port, auth=auth)
        await asyncio.gather(*(connector.send(message()) for _ in range(3)))

    assert len(sink.received) == 3
    assert len(tokens.requests) == 1
    assert b"grant_type=refresh_token" in tokens.requests[0].body
    assert b"refresh_token=r3fresh" in tokens.requests[0].body


async def test_a_service_account_signs_an_assertion(connect: Connect) -> None:
    from urllib.parse import parse_qs

    from joserfc import jwt
    from joserfc.jwk import RSAKey

    key = RSAKey.generate_key(2048)
    body = b'{"access_token":"robot-token","expires_in":3600}'
    async with (
        SmtpSink(Behaviour(user="u@e.com", password="robot-token")) as sink,
        HttpSink(Answer(200, body)) as tokens,
    ):
        auth = {
            "user": "u@e.com",
            "serviceClient": "robot",
            "privateKey": key.as_pem(private=True).decode(),
            "accessUrl": tokens.url,
        }
        await connect(sink.port, auth=auth).send(message())

    form = parse_qs(tokens.requests[0].body.decode())
    claims = jwt.decode(form["assertion"][0], key, algorithms=["RS256"]).claims
    assert form["grant_type"] == ["urn:ietf:params:oauth:grant-type:jwt-bearer"]
    assert (claims["iss"], claims["sub"], claims["aud"]) == ("robot", "u@e.com", tokens.url)
    assert len(sink.received) == 1


async def test_starttls_is_used_when_it_is_offered(
    connect: Connect, server_tls: ssl.SSLContext, ca: dict[str, Any]
) -> None:
    async with SmtpSink(tls=server_tls) as sink:
        connector = connect(sink.port, tls=ca)
        await connector.send(message())
        checked = await connector.check()

    assert "TLSv1.3" in checked
    assert len(sink.received) == 1


async def test_tls_from_the_first_byte(
    connect: Connect, server_tls: ssl.SSLContext, ca: dict[str, Any]
) -> None:
    async with SmtpSink(tls=server_tls, implicit=True) as sink:
        await connect(sink.port, secure=True, tls=ca).send(message())

    assert len(sink.received) == 1


async def test_an_unknown_certificate_is_refused(
    connect: Connect, server_tls: ssl.SSLContext
) -> None:
    async with SmtpSink(tls=server_tls) as sink:
        with pytest.raises(DeliveryFailed) as failure:
            await connect(sink.port).send(message())
        await connect(sink.port, tls={"rejectUnauthorized": False}).send(message())

    assert "certificate" in failure.value.message
    assert len(sink.received) == 1


async def test_a_certificate_for_another_name_is_refused(
    connect: Connect, authority: trustme.CA, ca: dict[str, Any]
) -> None:
    other = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("mail.else.test").configure_cert(other)
    async with SmtpSink(tls=other) as sink:
        with pytest.raises(DeliveryFailed) as failure:
            await connect(sink.port, tls=ca).send(message())
        await connect(sink.port, tls=ca, servername="mail.else.test").send(message())

    assert "certificate" in failure.value.message
    assert len(sink.received) == 1


async def test_a_stripped_starttls_is_noticed(connect: Connect) -> None:
    async with SmtpSink() as sink:
        with pytest.raises(DeliveryFailed) as failure:
            await connect(sink.port, requireTLS=True).send(message())

    assert "STARTTLS" in failure.value.message
    assert sink.received == []


async def test_ignore_tls_stays_plain(connect: Connect, server_tls: ssl.SSLContext) -> None:
    async with SmtpSink(tls=server_tls) as sink:
        await connect(sink.port, ignoreTLS=True).send(message())

    assert len(sink.received) == 1


async def test_plain_to_a_tls_server_is_diagnosed_soon(
    connect: Connect, server_tls: ssl.SSLContext
) -> None:
    async with SmtpSink(tls=server_tls, implicit=True) as sink:
        with pytest.raises(DeliveryFailed) as failure:
            await asyncio.wait_for(connect(sink.port).send(message()), 8)

    assert "set `secure` to true" in failure.value.message


async def test_tls_to_a_plain_server_is_diagnosed_soon(connect: Connect) -> None:
    async with SmtpSink() as sink:
        with pytest.raises(DeliveryFailed) as failure:
            await asyncio.wait_for(connect(sink.port, secure=True).send(message()), 8)

    assert "set `secure` to false" in failure.value.message


async def test_a_name_that_leads_nowhere_is_said_in_its_time(connect: Connect) -> None:
    connector = connect(25, host="mail.nowhere.invalid", dnsTimeout=300)

    with pytest.raises(DeliveryFailed) as failure:
        await asyncio.wait_for(connector.send(message()), 3)

    assert "mail.nowhere.invalid:25 cannot be reached" in failure.value.message
    assert failure.value.disposition is Disposition.TRANSIENT


async def test_nobody_listens(connect: Connect) -> None:
    with pytest.raises(DeliveryFailed) as failure:
        await connect(1).send(message())

    assert "ECONNREFUSED 127.0.0.1:1" in failure.value.message
    assert failure.value.disposition is Disposition.TRANSIENT


async def test_letters_beyond_ascii_need_a_server_that_takes_them(connect: Connect) -> None:
    async with SmtpSink() as able, SmtpSink(Behaviour(announce_utf8=False)) as unable:
        await connect(able.port).send(message("pelé@exämple.com"))
        with pytest.raises(DeliveryFailed) as failure:
            await connect(unable.port).send(message("pelé@exämple.com"))
        await connect(unable.port).send(message("pele@exämple.com"))

    assert able.received[0].rcpt_tos == ["pelé@xn--exmple-cua.com"]
    assert unable.received[0].rcpt_tos == ["pele@xn--exmple-cua.com"]
    assert "SMTPUTF8" in failure.value.message
    assert failure.value.disposition is Disposition.PERMANENT
