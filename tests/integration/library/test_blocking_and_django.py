"""Sending without an event loop: from a script, and from Django."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from ipaddress import ip_network
from typing import Any

import django
import pytest
from django.conf import settings as django_settings
from django.core.exceptions import ImproperlyConfigured
from django.core.mail import EmailMessage, EmailMultiAlternatives, get_connection, send_mail

import carteiro
from carteiro.errors import InvalidAddress, NotSupportedByConnector
from carteiro.testing.postgres import free_port
from carteiro.testing.smtp_server import SmtpSink

TEMPLATE = carteiro.compile_template(
    carteiro.TemplateSource(subject="Your code", content="<p>{{code}}</p>"), language="en"
)


def smtp(port: int) -> dict[str, Any]:
    kinds = ("SignIn", "Register", "ForgotPassword", "Generic")
    words = {"contentType": "text/plain", "subject": "s", "content": "{{code}}"}
    return {
        "host": "127.0.0.1",
        "port": port,
        "auth": {"type": "login"},
        "fromEmail": "Acme <no-reply@acme.test>",
        "templates": [{"usageType": kind, **words} for kind in kinds],
    }


@pytest.fixture
def sink() -> Iterator[SmtpSink]:
    """A server in a thread of its own: the test itself blocks."""
    loop, server, ready = asyncio.new_event_loop(), SmtpSink(), threading.Event()

    async def open_() -> None:
        await server.__aenter__()
        ready.set()

    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    asyncio.run_coroutine_threadsafe(open_(), loop).result(30)
    yield server
    asyncio.run_coroutine_threadsafe(server.__aexit__(None, None, None), loop).result(30)
    loop.call_soon_threadsafe(loop.stop)
    thread.join(30)
    loop.close()


def test_a_script_sends_on_one_connection(sink: SmtpSink) -> None:
    with carteiro.open_blocking_sender("simple-mail-transfer-protocol", smtp(sink.port)) as sender:
        for number in range(3):
            receipt = sender.send(
                f"a{number}@example.com",
                carteiro.TemplateType.GENERIC,
                {"code": "123456"},
                template=TEMPLATE,
            )

    assert isinstance(receipt, carteiro.Receipt)
    assert [mail.rcpt_tos for mail in sink.received] == [[f"a{n}@example.com"] for n in range(3)]
    assert {mail.message["Subject"] for mail in sink.received} == {"Your code"}
    assert len({mail.peer for mail in sink.received}) == 1
    assert nothing_is_open(sink), "though the sender is still referred to"


def test_a_script_may_do_what_a_program_may(sink: SmtpSink) -> None:
    kind, allow = "simple-mail-transfer-protocol", [ip_network("127.0.0.0/8")]
    config = smtp(sink.port)
    with carteiro.open_blocking_sender(kind, config, guard=True, allow=allow) as sender:
        for _ in range(2):
            code = {"code": "123456"}
            sender.send("a@example.com", carteiro.TemplateType.GENERIC, code, message_id="order-7")
        said = sender.check()
    with (
        carteiro.open_blocking_sender(kind, config, guard=True) as sender,
        pytest.raises(carteiro.ConnectorError),
    ):
        sender.check()

    assert len(sink.received) == 2
    assert len({mail.message["Message-ID"] for mail in sink.received}) == 1
    assert said
    assert nothing_is_open(sink)


def test_the_error_of_a_connector_reaches_the_script() -> None:
    with (
        carteiro.open_blocking_sender("simple-mail-transfer-protocol", smtp(free_port())) as sender,
        pytest.raises(carteiro.ConnectorError) as refused,
    ):
        sender.send("a@example.com", carteiro.TemplateType.GENERIC, {"code": "1"})

    assert refused.value.disposition == "transient"


async def test_where_an_event_loop_runs_it_says_what_to_use() -> None:
    with (
        pytest.raises(RuntimeError, match="open_sender"),
        carteiro.open_blocking_sender("simple-mail-transfer-protocol", smtp(1)),
    ):
        pass


@pytest.fixture
def configured(sink: SmtpSink) -> Iterator[SmtpSink]:
    given = {"connector": "simple-mail-transfer-protocol", "config": smtp(sink.port)}
    if not django_settings.configured:
        django_settings.configure(
            EMAIL_BACKEND="carteiro.django.EmailBackend", DEFAULT_FROM_EMAIL="shop@acme.test"
        )
        django.setup()
    django_settings.CARTEIRO = given
    yield sink
    del django_settings.CARTEIRO


def test_django_sends_both_parts_to_each_recipient_alone(configured: SmtpSink) -> None:
    message = EmailMultiAlternatives(
        "Olá",
        "text",
        "Shop <shop@acme.test>",
        ["Ana <ana@example.com>"],
        bcc=["bob@example.com"],
        cc=["cy@example.com"],
        reply_to=["help@acme.test"],
    )
    message.attach_alternative("<b>html</b>", "text/html")

    sent = get_connection().send_messages([message])

    assert sent == 1
    recipients = [mail.rcpt_tos for mail in configured.received]
    assert recipients == [["ana@example.com"], ["cy@example.com"], ["bob@example.com"]]
    for mail in configured.received:
        assert mail.message["Subject"] == "Olá"
        assert mail.message["From"] == "Shop <shop@acme.test>"
        assert mail.message["Reply-To"] == "help@acme.test"
        assert mail.message["Cc"] is None
        assert mail.message.get_body(("plain",)).get_content().strip() == "text"
        assert mail.message.get_body(("html",)).get_content().strip() == "<b>html</b>"


def test_send_mail_and_a_mail_of_html_alone_work(configured: SmtpSink) -> None:
    send_mail("One", "text {{code}}", None, ["ana@example.com"])
    alone = EmailMessage("Two", "<p>Hi <b>you</b></p>", to=["ana@example.com"])
    alone.content_subtype = "html"
    alone.send()

    one, two = [mail.message for mail in configured.received]
    assert one.get_body(("plain",)).get_content().strip() == "text {{code}}"
    assert two.get_body(("plain",)).get_content().strip() == "Hi you"
    assert two.get_body(("html",)).get_content().strip() == "<p>Hi <b>you</b></p>"


def test_what_a_connector_cannot_carry_is_refused_before_anything_is_sent(
    configured: SmtpSink,
) -> None:
    attached = EmailMessage("s", "b", to=["ana@example.com"])
    attached.attach("a.txt", "x", "text/plain")
    calendar = EmailMultiAlternatives("s", "b", to=["ana@example.com"])
    calendar.attach_alternative("BEGIN", "text/calendar")
    second = EmailMultiAlternatives("s", "b", to=["ana@example.com"])
    second.attach_alternative("<b>html</b>", "text/html")
    second.attach_alternative("BEGIN", "text/calendar")
    twice = EmailMultiAlternatives("s", "<b>html</b>", to=["ana@example.com"])
    twice.content_subtype = "html"
    twice.attach_alternative("<i>html</i>", "text/html")
    replies = EmailMessage("s", "b", to=["ana@example.com"], reply_to=["a@b.test", "c@d.test"])
    nobody = EmailMessage("s", "b", to=["ana@example.com", "not an address"])

    for message in (attached, calendar, second, twice, replies):
        with pytest.raises(NotSupportedByConnector):
            message.send()
    with pytest.raises(InvalidAddress):
        nobody.send()

    assert configured.received == []
    assert get_connection(fail_silently=True).send_messages([attached, nobody]) == 0


def test_one_connection_serves_until_it_is_closed(configured: SmtpSink) -> None:
    backend = get_connection()
    message = EmailMessage("s", "b", to=["ana@example.com"])

    opened = [backend.open(), backend.open()]
    sent = [backend.send_messages([message]) for _ in range(2)]
    kept = configured.connections
    backend.close()
    backend.close()  # a second time is no error
    sent.append(backend.send_messages([message]))

    assert opened == [True, False]
    assert sent == [1, 1, 1]
    assert (kept, configured.connections) == (1, 2)
    assert nothing_is_open(configured)


def nothing_is_open(sink: SmtpSink) -> bool:
    """The server's thread hears of an end a moment later."""
    for _ in range(1000):
        if not sink.lines:
            return True
        time.sleep(0.02)
    return False


def test_threads_take_turns_at_one_connection(configured: SmtpSink) -> None:
    backend = get_connection()
    backend.open()
    together = threading.Barrier(8)

    def send(number: int) -> int:
        message = EmailMessage("s", "b", to=[f"a{number}@example.com"])
        together.wait()
        return int(backend.send_messages([message]))

    with ThreadPoolExecutor(8) as threads:
        sent = list(threads.map(send, range(8)))
    backend.close()

    assert sent == [1] * 8
    assert configured.connections == 1


def test_what_was_not_sent_is_not_counted(configured: SmtpSink) -> None:
    nobody = EmailMessage("s", "b")
    known = EmailMessage("s", "b", to=["ana@example.com"])

    assert get_connection().send_messages([nobody, known]) == 1


def test_the_guard_may_be_told_of_the_settings(configured: SmtpSink) -> None:
    django_settings.CARTEIRO["guard"] = True

    with pytest.raises(carteiro.ConnectorError):
        send_mail("s", "b", None, ["ana@example.com"])
    assert configured.connections == 0


@pytest.mark.parametrize(
    "given",
    [
        None,
        {"conector": "x"},
        {"connector": "simple-mail-transfer-protocol"},
        {"connector": "simple-mail-transfer-protocol", "config": {}, "gaurd": False},
    ],
    ids=["nothing", "misspelt", "no config", "more"],
)
def test_settings_that_cannot_be_meant_are_named(configured: SmtpSink, given: Any) -> None:
    django_settings.CARTEIRO = given

    with pytest.raises(ImproperlyConfigured, match="CARTEIRO"):
        send_mail("s", "b", None, ["ana@example.com"])
