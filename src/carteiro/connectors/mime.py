"""A message as bytes for SMTP (RFC 5322, RFC 2045 to 2047).

The headers that identify and protect a mail are ours and come last, so a custom header can add and
never replace. Every value is cleared of control characters before the ``email`` package sees it.
"""

from __future__ import annotations

import base64
import hashlib
import quopri
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from email.header import Header, decode_header, make_header
from email.utils import format_datetime

from carteiro.connectors.headers import (
    AUTO_SUBMITTED,
    display_name,
    header_text,
    message_id,
)
from carteiro.languages.spelling import canonical
from carteiro.model.addresses import Mailbox
from carteiro.model.display_names import phrase
from carteiro.model.message import Message, Rendered

FIELD_NAME = re.compile(r"[!-9;-~]{1,76}")
"""RFC 5322 §2.2: printable ASCII without the colon."""
RESERVED = frozenset(
    {
        "auto-submitted", "bcc", "cc", "content-language", "content-transfer-encoding",
        "content-type", "date", "dkim-signature", "from", "message-id", "mime-version", "received",
        "reply-to", "return-path", "sender", "subject", "to", "x-auto-response-suppress",
    }
)  # fmt: skip
"""What a custom header may not be."""
_LONGEST_LINE = 900
_CRLF = "\r\n"
_ASCII = bytes(range(128))
Headers = Mapping[str, str | Sequence[str]]


def build(
    message: Message,
    content: Rendered,
    *,
    sender: Mailbox,
    reply_to: Mailbox | None,
    headers: Headers | None = None,
) -> bytes:
    """The whole message with CRLF line ends, ready for DATA."""
    lines = [*_custom(headers or {}), *_own(message, content, sender, reply_to)]
    head = "".join(line + _CRLF for line in lines)
    return head.encode("utf-8", "replace") + _body(message.id, content)


def headers_of(data: bytes) -> list[tuple[str, str]]:
    """The headers of what ``build`` has written, in their order: unfolded and decoded."""
    head = data.partition(b"\r\n\r\n")[0].decode("utf-8", "replace")
    found = []
    for line in head.replace("\r\n ", " ").replace("\r\n\t", " ").split(_CRLF):
        name, _, value = line.partition(": ")
        found.append((name, str(make_header(decode_header(value))) if "=?" in value else value))
    return found


def _own(
    message: Message, content: Rendered, sender: Mailbox, reply_to: Mailbox | None
) -> Iterator[str]:
    yield f"From: {_mailbox(sender)}"
    yield f"To: {message.to}"
    if reply_to is not None:
        yield f"Reply-To: {_mailbox(reply_to)}"
    yield _text("Subject", content.subject)
    yield f"Message-ID: {message_id(message, sender)}"
    yield f"Date: {format_datetime(datetime.fromtimestamp(message.created_at / 1000, UTC))}"
    yield ": ".join(AUTO_SUBMITTED)
    yield "X-Auto-Response-Suppress: All"
    # A stored template's language is whatever somebody called it.
    if content.language and (tag := canonical(content.language)) is not None:
        yield f"Content-Language: {tag}"
    yield "MIME-Version: 1.0"


def _custom(headers: Headers) -> Iterator[str]:
    for name, value in headers.items():
        for entry in [value] if isinstance(value, str) else value:
            yield _text(name, entry)


def _text(name: str, value: str) -> str:
    """An unstructured header, folded and encoded where it must be."""
    value = header_text(value)
    if value.isascii() and len(name) + len(value) < 76 and "=?" not in value:
        return f"{name}: {value}"
    encoded = Header(value, "utf-8", header_name=name, maxlinelen=76).encode(linesep=_CRLF)
    return f"{name}: {encoded}"


def _mailbox(mailbox: Mailbox) -> str:
    name = display_name(mailbox)
    if name is None:
        return str(mailbox.address)
    if name.isascii() and len(name) < 60:
        return f"{phrase(name)} <{mailbox.address}>"
    return f"{Header(name, 'utf-8', maxlinelen=70).encode(linesep=_CRLF)} <{mailbox.address}>"


def _body(id_: str, content: Rendered) -> bytes:
    text = _part("plain", content.text)
    if content.html is None:
        return text
    html = _part("html", content.html)
    boundary = _boundary(id_, text, html)
    separator = b"--" + boundary + b"\r\n"
    return b"".join(
        (
            b'Content-Type: multipart/alternative; boundary="' + boundary + b'"\r\n\r\n',
            separator,
            text,
            b"\r\n" + separator,
            html,
            b"\r\n--" + boundary + b"--\r\n",
        )
    )


def _boundary(id_: str, *parts: bytes) -> bytes:
    """The same on every attempt, and nothing that a part holds (RFC 2046 §5.1.1)."""
    seed = id_.encode("utf-8", "replace")
    while True:
        boundary = b"=_" + hashlib.blake2b(seed, digest_size=16).hexdigest().encode()
        if not any(boundary in part for part in parts):
            return boundary
        seed += b"+"


def _part(kind: str, text: str) -> bytes:
    """One part: as it is when it is short-lined ASCII, else quoted-printable or base64."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\x00", "")
    if not text.endswith("\n"):
        text += "\n"
    if text.isascii() and max(map(len, text.split("\n"))) <= _LONGEST_LINE:
        encoding, body = "7bit", text.replace("\n", _CRLF).encode()
    else:
        raw = text.encode("utf-8", "replace")
        encoding, body = _encoded(raw)
    head = (
        f"Content-Type: text/{kind}; charset=utf-8{_CRLF}"
        f"Content-Transfer-Encoding: {encoding}{_CRLF}{_CRLF}"
    )
    return head.encode() + body


def _encoded(raw: bytes) -> tuple[str, bytes]:
    """Quoted-printable for what is mostly Latin, base64 for every other script."""
    if len(raw.translate(None, _ASCII)) * 6 > len(raw):
        lines = base64.encodebytes(raw.replace(b"\n", b"\r\n"))
        return "base64", lines.replace(b"\n", b"\r\n")
    return "quoted-printable", quopri.encodestring(raw).replace(b"\n", b"\r\n")
