"""A provider with an HTTP API: one request for a message, one table for its refusals.

A connector says what the request is (``request``), where a success has its id (``id_at``), and
where a refusal has its words and its code (``reason_at``, ``code_at``). One whose answers need more
than a place overrides ``receipt`` or ``fault``. The rest is the same for all and stands here.
"""

from __future__ import annotations

import json
from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from http import HTTPStatus
from typing import Any, ClassVar

from yarl import URL

from carteiro.connectors import form
from carteiro.connectors.config_templates import source_for
from carteiro.connectors.contract import Connector, Services
from carteiro.connectors.http.client import LARGEST_REPLY, HttpReply
from carteiro.connectors.http.refusals import Refusal, meaning_of
from carteiro.connectors.scrub import scrub_data
from carteiro.errors import (
    ConnectorError,
    DeliveryFailed,
    Disposition,
    InvalidResponse,
    RateLimitExceeded,
    TemplateNotFound,
)
from carteiro.model.kinds import TemplateType
from carteiro.model.message import Message, Receipt, Rendered, TemplateSource

JSON_HEADERS = {"Content-Type": "application/json"}
FORM_HEADERS = {"Content-Type": "application/x-www-form-urlencoded"}
Place = tuple[str | int, ...]
"""Where something stands in a JSON answer: ``("errors", 0, "message")``."""
_THROTTLED = HTTPStatus.TOO_MANY_REQUESTS
_EPOCH_DIGITS = 12
_LONGEST_QUOTE = 300
_LONGEST_ID = 200
_write_json = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpRequest:
    """What is POSTed. It holds codes and keys, so it has no repr."""

    url: str
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """A provider's error: its ``code``, its words, and the ``data`` of the wire's error body."""

    data: Mapping[str, Any]
    text: str
    code: str | None = None
    error: type[ConnectorError] = DeliveryFailed

    @classmethod
    def saying(cls, text: str, code: str | None = None) -> Fault:
        """An error of which the wire tells the text."""
        return cls(data={"message": text}, text=text, code=code)


class HttpApiConnector(Connector):
    """POST, read the answer, sort the refusal."""

    refusals: ClassVar[Sequence[Refusal]] = ()
    """What this provider's statuses and codes mean; the documentation's table is made from it."""
    id_at: ClassVar[Place] = ()
    """Where a success has the message's id; one without it is not the provider's answer."""
    reason_at: ClassVar[Place] = ()
    """Where a refusal has its words; the whole text where it has none there."""
    code_at: ClassVar[Place] = ()
    """Where a refusal has the code that ``refusals`` names."""
    window_ends_at: ClassVar[str] = ""
    """The header in which a throttling provider says when to go on, in seconds since the epoch."""

    def __init__(self, config: Any, services: Services) -> None:
        super().__init__(config, services)
        self.secrets = form.secrets_of(config)

    @abstractmethod
    def request(self, message: Message) -> HttpRequest:
        """The provider's request. Raises ``DeliveryFailed`` for what it cannot express."""

    def receipt(self, reply: HttpReply) -> Receipt | None:
        """Read a 2xx answer; ``None`` where it refuses after all. Raises ``InvalidResponse``."""
        provider_id = text_at(json_object(reply.text), *self.id_at) if self.id_at else None
        if self.id_at and provider_id is None:
            name, place = self.metadata.name["en"], ".".join(map(str, self.id_at))
            raise InvalidResponse(f'{name} answered without "{place}".')
        return Receipt(provider_id=provider_id, detail=f"HTTP {reply.status}")

    def fault(self, reply: HttpReply, said: str) -> Fault:
        """Read a refusal; ``said`` is the answer's text without secrets."""
        body = json_object(said)
        return Fault.saying(text_at(body, *self.reason_at) or said, text_at(body, *self.code_at))

    def retry_after(self, reply: HttpReply) -> float | None:
        """How long the provider asks to wait, in seconds."""
        now = self.services.clock.now()
        end = reply.headers.get(self.window_ends_at, "") if reply.status == _THROTTLED else ""
        if end.isascii() and end.isdigit() and len(end) < _EPOCH_DIGITS:
            return max(0.0, int(end) - now / 1000)
        return reply.retry_after(now)

    async def send(self, message: Message) -> Receipt:
        request = self.request(message)
        try:
            reply = await self.services.http.post(
                request.url, data=request.body, headers=request.headers
            )
        except DeliveryFailed as error:
            name = self.metadata.name["en"]
            raise DeliveryFailed(
                f"{name}: {error.message}", data=error.data, disposition=error.disposition
            ) from None
        receipt = self.receipt(reply) if reply.ok else None
        if receipt is None:
            raise self.refused(reply, message)
        return _storable(receipt)

    def refused(self, reply: HttpReply, message: Message) -> ConnectorError:
        """The error for an answer that is a refusal: by whom, what, and what to change."""
        clean = partial(scrub_data, secrets=self.secrets, payload=message.payload)
        # Whole, so that it can be read; what is told of it is cut, and scrubbed once more: a code
        # may come from a header.
        fault = self.fault(reply, clean(reply.text, longest=LARGEST_REPLY))
        meaning = meaning_of(self.refusals, reply.status, fault.code)
        kind = RateLimitExceeded if meaning.disposition is Disposition.THROTTLED else fault.error
        name = self.metadata.name["en"]
        number = f"HTTP {reply.status}" + (f", {clean(fault.code)[:80]}" if fault.code else "")
        quote = " ".join(clean(fault.text).split())[:_LONGEST_QUOTE] or _phrase(reply.status)
        return kind(
            f"{name} refused the message ({number}): {quote.rstrip('.')}. {meaning.advice}",
            data=clean(dict(fault.data)),
            disposition=meaning.disposition,
            retry_after=self.retry_after(reply),
        )


class OwnTemplatesConnector(HttpApiConnector):
    """The same for providers that get the words from us; the config has templates too."""

    def template(self, kind: TemplateType) -> TemplateSource | None:
        return source_for(self.config.templates, kind)


def words(message: Message) -> Rendered:
    """The rendered template. Raises ``TemplateNotFound``."""
    if message.content is None:
        raise TemplateNotFound
    return message.content


def json_body(value: Any) -> bytes:
    """Compact JSON in UTF-8. Raises ``DeliveryFailed`` for what JSON cannot express."""
    try:
        text = _write_json(value)
    except (TypeError, ValueError, RecursionError):
        raise DeliveryFailed("The payload cannot be written as JSON.") from None
    if not text.isascii():
        # A half of a surrogate pair has no UTF-8: two halves become their character, one U+FFFD.
        text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text.encode()


def given(members: Mapping[str, Any]) -> dict[str, Any]:
    """A JSON object of those members that are not ``None``."""
    return {name: value for name, value in members.items() if value is not None}


def form_body(fields: Mapping[str, str | None]) -> bytes:
    """Form encoding (``application/x-www-form-urlencoded``); what is ``None`` is left out.

    By yarl, which does it in C: a mail's HTML is quoted character by character.
    """
    return URL.build(query=given(fields)).raw_query_string.encode()


def json_object(text: str) -> Mapping[str, Any]:
    """The text as a JSON object; an empty one where it is something else."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def says_error(body: Mapping[str, Any]) -> bool:
    """Whether an answer's body is about an error, whatever its status says."""
    return bool(body.get("error") or body.get("errors"))


def text_at(value: Any, *path: str | int) -> str | None:
    """The text or number at a path of a JSON value, as text; ``None`` where there is none."""
    for step in path:
        try:
            value = value[step]
        except (KeyError, IndexError, TypeError):
            return None
    return str(value) if isinstance(value, (str, int)) and not isinstance(value, bool) else None


def _storable(receipt: Receipt) -> Receipt:
    """The receipt as far as it can be kept and shown: a provider's id may be anything."""
    id_, detail = receipt.provider_id or "", receipt.detail
    if len(id_) + len(detail) <= _LONGEST_ID and (id_ + detail).isprintable():
        return receipt
    id_, detail = ("".join(filter(str.isprintable, text))[:_LONGEST_ID] for text in (id_, detail))
    return Receipt(provider_id=id_ or None, detail=detail)


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "no reason given"
