"""The suite for connectors with an HTTP API: the contract, and a provider that means harm.

    class TestAcme(HttpApiContract):
        factory = AcmeConnector
        config = {"apiKey": "k3y-of-mine", "fromEmail": "Acme <no-reply@acme.test>"}
        secrets = ["k3y-of-mine"]
        broken = [({}, ["apiKey"])]
        accepted = Answer(200, b'{"id": "7"}')
        refusal = refused(400, '{"message": "' + ECHO + '"}')

Every request goes to the URL that production uses; a server of its own answers it on loopback.
"""

from __future__ import annotations

import asyncio
import dataclasses
import json
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any, ClassVar
from urllib.parse import parse_qsl, urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from carteiro.connectors.contract import Services
from carteiro.connectors.http.api import HttpApiConnector, HttpRequest
from carteiro.connectors.metadata import TemplateSupport
from carteiro.errors import ConnectorError, Disposition
from carteiro.model.addresses import EmailAddress, Mailbox, Sender
from carteiro.model.message import Message, Receipt, Rendered
from carteiro.testing.clock import FrozenClock
from carteiro.testing.connector_contract import (
    BOUND,
    CODE,
    LINK,
    ConnectorContract,
    Scenario,
    Stage,
    sample_message,
)
from carteiro.testing.http_provider import client_of, server_tls
from carteiro.testing.http_sink import (
    DROPPED,
    ENDLESS,
    HUNG,
    HUNG_IN_BODY,
    NOT_GZIP,
    Answer,
    HttpSink,
    redirect,
    refused,
    throttled,
)

ECHO = f"cannot take {CODE} {LINK}"
"""What a talkative provider repeats of a message."""
_PATIENCE = 30.0
"""Seconds that connecting and an answer may take: no outcome depends on a machine that is busy."""
_IMPATIENCE = 0.3
"""The same before a provider that falls silent, once it has been reached."""
_MOST_READ = 32 * 1024 * 1024
"""What both sides' socket buffers may hold, generously."""
_BREAK = re.compile(r"[\r\n\x00]")
_TEXT = st.text(st.characters(codec=None), max_size=60) | st.sampled_from(
    [
        "a\r\nBcc: x@evil.test",
        "\x00",
        "שלום",
        "🏳️‍🌈",
        "\ud800",
        "=?utf-8?q?x?=",
        '"',
        "<b>",
        "a,b;c:d",
    ]
)
_LOCAL = st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), min_size=1)
_ADDRESS = st.builds(EmailAddress, _LOCAL, st.sampled_from(["example.test", "xn--bcher-kva.test"]))

_HIDDEN = "".join(f"\\u{ord(character):04x}" for character in CODE)
"""The code as JSON can spell it without one of its digits."""
_HARM: dict[str, Answer] = {
    "a reply that never ends": ENDLESS,
    "a refusal that never ends": dataclasses.replace(ENDLESS, status=500),
    "a gigabyte": Answer(200, b"{", {"Content-Length": str(2**30)}, stall=True),
    "half a reply": HUNG_IN_BODY,
    "no reply": DROPPED,
    "gzip that is none": NOT_GZIP,
    "a redirect to a private address": redirect("http://169.254.169.254/latest/meta-data"),
    "a redirect to itself": redirect("/again", 303),
    "a page": Answer(200, f"<html>{ECHO}</html>".encode(), {"Content-Type": "text/html"}),
    "a refusal as a page": Answer(
        502, f"<html>{ECHO}</html>".encode(), {"Content-Type": "text/html"}
    ),
    "deep JSON": Answer(400, b"[" * 60_000),
    "JSON of another shape": Answer(400, b'{"Code": 1, "errors": {}, "error": [], "Messages": 7}'),
    "bytes that are no text": Answer(400, bytes(range(256))),
    "secrets in escapes": Answer(
        400,
        json.dumps(
            {
                **dict.fromkeys(("message", "Message", "ErrorMessage", "Code", "type"), "HIDDEN"),
                "errors": [{"message": "HIDDEN", "code": "HIDDEN"}],
                "error": {"message": "HIDDEN"},
                "data": {"error": "HIDDEN", "error_code": "HIDDEN"},
                "Messages": [{"Status": "error", "Errors": [{"ErrorMessage": "HIDDEN"}]}],
            }
        )
        .replace("HIDDEN", _HIDDEN)
        .encode(),
        {"x-amzn-ErrorType": CODE},
    ),
    "a list": Answer(400, b'[{"message": 1}]'),
    "nothing": Answer(400, b""),
    "a status of its own": Answer(508, b"{}"),
    "a broken wait": Answer(429, b"", {"Retry-After": "soon", "X-RateLimit-Reset": "-1"}),
}


class HttpApiContract(ConnectorContract):
    """What a connector with an HTTP API promises beyond the contract of all."""

    factory: ClassVar[type[HttpApiConnector]]
    accepted: ClassVar[Answer]
    refusal: ClassVar[Answer]
    """A refusal as the provider writes it, with ``ECHO`` and the secrets in it."""
    wrong_key: ClassVar[Answer] = refused(401, f"{ECHO}")
    throttling: ClassVar[Answer] = throttled("7")
    broken_reply: ClassVar[Answer] = NOT_GZIP
    outcomes: ClassVar[Mapping[Scenario, Disposition | None]] = {
        Scenario.ACCEPTED: None,
        Scenario.REFUSED: Disposition.PERMANENT,
        Scenario.THROTTLED: Disposition.THROTTLED,
        Scenario.WRONG_KEY: Disposition.PERMANENT,
        Scenario.BROKEN_REPLY: Disposition.UNKNOWN,
        Scenario.HUNG: Disposition.UNKNOWN,
        Scenario.DOWN: Disposition.TRANSIENT,
    }

    @asynccontextmanager
    async def stage(self, scenario: Scenario) -> AsyncIterator[Stage]:
        answers = {
            Scenario.ACCEPTED: self.accepted,
            Scenario.REFUSED: self.refusal,
            Scenario.THROTTLED: self.throttling,
            Scenario.WRONG_KEY: self.wrong_key,
            Scenario.BROKEN_REPLY: self.broken_reply,
            Scenario.HUNG: HUNG,
        }
        async with self.before(answers.get(scenario, self.accepted)) as (connector, sink):
            if scenario is Scenario.DOWN:
                await sink.stop()
            yield Stage(connector=connector, connections=lambda: sink.connections)

    @asynccontextmanager
    async def before(self, answer: Answer) -> AsyncIterator[tuple[HttpApiConnector, HttpSink]]:
        """The connector before a provider that always gives this answer.

        One that falls silent is reached before: the connection is not what time runs out for.
        """
        async with HttpSink(self.accepted, tls=server_tls(self._host())) as sink:
            http = client_of(sink, timeout=_PATIENCE)
            connector = self._connector(Services(http=http, clock=FrozenClock()))
            if answer.is_silent:
                await connector.send(sample_message())
                sink.forget()
                http.patience = _IMPATIENCE
            sink.answer = answer
            yield connector, sink
            await connector.close()
            await http.close()

    async def test_what_arrives_is_what_request_makes(self) -> None:
        async with self.before(self.accepted) as (connector, sink):
            await connector.send(sample_message())
            (arrived,) = sink.requests
            made = connector.request(sample_message())

        assert arrived.method == "POST"
        assert arrived.headers["host"] == self._host()
        url = urlsplit(made.url)
        assert arrived.path == url.path + (f"?{url.query}" if url.query else "")
        # Signatures and their time differ.
        assert {name.lower() for name in made.headers} <= set(arrived.headers)
        assert arrived.headers["content-type"] == made.headers["Content-Type"]

    async def test_a_throttling_provider_says_how_long_to_wait(self) -> None:
        async with self.before(self.throttling) as (connector, _):
            with pytest.raises(ConnectorError) as caught:
                await connector.send(sample_message())

        assert caught.value.code == "connector.rate_limit_exceeded"
        assert caught.value.retry_after == 7

    async def test_a_refusal_explains_itself(self) -> None:
        async with self.before(self.wrong_key) as (connector, _):
            with pytest.raises(ConnectorError) as caught:
                await connector.send(sample_message())

        name = self.factory.metadata.name["en"]
        assert caught.value.message.startswith(f"{name} refused the message (HTTP ")
        assert caught.value.message.endswith(".")

    @pytest.mark.parametrize("harm", _HARM)
    async def test_a_provider_that_means_harm_gets_little_time_little_memory_and_no_secret(
        self, harm: str
    ) -> None:
        async with self.before(_HARM[harm]) as (connector, sink):
            async with asyncio.timeout(BOUND):
                outcome = await self._outcome(connector, sample_message())
                await sink.arrived.wait()

        assert len(sink.requests) == 1
        assert sink.sent < _MOST_READ
        assert isinstance(outcome, ConnectorError if _HARM[harm].status >= 300 else Outcome)
        data = outcome.data if isinstance(outcome, ConnectorError) else None
        self.assert_silent(repr(outcome), str(outcome), json.dumps(data, ensure_ascii=False))

    async def test_success_with_an_error_in_it_is_a_refusal(self) -> None:
        body = {"error": {"message": ECHO}, "errors": [{"message": ECHO}], "ErrorCode": 300}
        async with self.before(Answer(200, json.dumps(body).encode())) as (connector, _):
            outcome = await self._outcome(connector, sample_message())

        assert isinstance(outcome, ConnectorError)
        self.assert_silent(str(outcome), json.dumps(outcome.data))

    async def test_a_receipt_is_something_that_can_be_stored(self) -> None:
        id_ = "\x00\ud800\u202e" + "x" * 5_000
        body = {
            **dict.fromkeys(("id", "messageId", "MessageId", "MessageID", "EnvId"), id_),
            "RequestId": "r",
            "data": {"succeeded": 1, "email_id": id_},
            "emails": [{"id": id_}],
            "results": {"id": id_},
            "Messages": [{"Status": "success", "To": [{"MessageUUID": id_}]}],
        }
        async with self.before(Answer(200, json.dumps(body).encode())) as (connector, _):
            receipt = await connector.send(sample_message())

        for text in (receipt.provider_id or "", receipt.detail):
            assert text.isprintable()
            assert len(text) <= 200

    def test_what_it_can_express_is_in_the_request(self) -> None:
        able = self.factory.capabilities
        content = Rendered(
            subject="Betreff",
            text="text-part",
            html="<p>html-part</p>",
            sender=Sender("Nome Completo", EmailAddress("sender", "override.test")),
            reply_to=Mailbox(EmailAddress("answers", "reply.test"), "Ana"),
        )

        shown = readable(self._request(sample_message(content=content)))

        assert ("answers@reply.test" in shown) == able.reply_to
        assert ("Nome Completo" in shown) == able.sender_name
        assert ("sender@override.test" in shown) == able.sender_address
        assert ("text-part" in shown) == able.text_part
        assert ("auto-generated" in shown) == able.headers
        if able.templates is TemplateSupport.OWN:
            assert "html-part" in shown
            assert "Betreff" in shown
        if able.idempotency_key:
            again = readable(self._request(sample_message(content=content)))
            assert again == shown
            assert readable(self._request(sample_message(content=content, id="another"))) != shown

    def test_a_preview_tells_whom_the_request_is_from(self) -> None:
        able = self.factory.capabilities
        reply_to = Mailbox(EmailAddress("answers", "reply.test"), "Ana")
        content = Rendered(subject="s", text="t", sender=Sender("Nome", None), reply_to=reply_to)
        message = sample_message(content=content)

        http: Any = None  # nothing is sent
        connector = self._connector(Services(http=http, clock=FrozenClock()))
        written = connector.written(message)

        shown = readable(connector.request(message))
        if written is None:
            return  # it knows nothing of previews, which then have no sender
        assert written.data is None
        if written.sender is not None:
            assert str(written.sender.address) in shown
            assert not able.sender_name or (written.sender.name or "") in shown
        if written.reply_to is not None and able.reply_to:
            assert str(written.reply_to.address) in shown

    def test_plain_text_is_sent_as_text_alone(self) -> None:
        content = Rendered(subject="s", text="only <text>", html=None)

        shown = readable(self._request(sample_message(content=content)))

        if self.factory.capabilities.templates is TemplateSupport.OWN:
            assert shown.count("only <text>") == 1

    def test_any_text_makes_a_well_formed_request_or_a_clear_error(self) -> None:
        @settings(max_examples=60, deadline=None)
        @given(subject=_TEXT, text=_TEXT, name=_TEXT, value=_TEXT, to=_ADDRESS, reply=_ADDRESS)
        def prove(
            *,
            subject: str,
            text: str,
            name: str,
            value: str,
            to: EmailAddress,
            reply: EmailAddress,
        ) -> None:
            content = Rendered(
                subject=subject,
                text=text,
                html=f"<p>{text}</p>",
                sender=Sender(name, None),
                reply_to=Mailbox(reply, name),
            )
            payload = {"code": CODE, "x": value, value: {"y": [value]}}
            message = sample_message(to=to, content=content, payload=payload)
            try:
                request = self._request(message)
            except ConnectorError:
                return

            assert not [text for text in request.headers.values() if _BREAK.search(text)]
            assert not [text for text in header_values(request) if _BREAK.search(text)]

        prove()

    def _host(self) -> str:
        return urlsplit(self._request(sample_message()).url).hostname or ""

    def _request(self, message: Message) -> HttpRequest:
        http: Any = None  # nothing is sent
        return self._connector(Services(http=http, clock=FrozenClock())).request(message)

    def _connector(self, services: Services) -> HttpApiConnector:
        return self.factory(self.factory.parse(self.config), services)


Outcome = (Receipt, ConnectorError)


def readable(request: HttpRequest) -> str:
    """Headers and body without their encodings, to look for texts in."""
    headers = " ".join(f"{name}: {value}" for name, value in request.headers.items())
    return f"{headers} {json.dumps(fields(request), ensure_ascii=False)}"


def fields(request: HttpRequest) -> Any:
    """The body's fields: JSON, or a form as an object. Fails where it is not well-formed."""
    body = request.body.decode("utf-8")
    if request.headers["Content-Type"] == "application/json":
        return json.loads(body)
    return dict(parse_qsl(body, strict_parsing=True, keep_blank_values=True))


_CONTENT = re.compile(
    r"(html|text|body|content|value|data|model|payload|template|var)", re.IGNORECASE
)


def header_values(request: HttpRequest) -> list[str]:
    """The texts of a body that become mail headers at the provider: all but the contents."""
    found: list[str] = []

    def walk(key: str, value: Any) -> None:
        if isinstance(value, dict):
            for name, inner in value.items():
                walk(name, inner)
        elif isinstance(value, list):
            for inner in value:
                walk(key, inner)
        elif isinstance(value, str) and not _CONTENT.search(key):
            found.append(value)

    body = fields(request)
    body.pop("TemplateModel", None)
    body.pop("payload", None)
    walk("", body)
    return found
