"""A message as bytes for SMTP (RFC 5322, RFC 2045 to 2047).

The headers that identify and protect a mail are ours and come last, so a custom header can add and
never replace. Every value is cleared of control characters before the ``email`` package sees it.
"""

from __future__ import annotations

import base64
import quopri
import re
import secrets
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from email.header import Header
from email.utils import format_datetime, quote

from carteiro.connectors.headers import AUTO_SUBMITTED, header_text, message_id
from carteiro.model.addresses import Mailbox
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
_SPECIALS = re.compile(r'[][\\()<>@,:;".]')
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
    return head.encode("utf-8", "replace") + _body(content)


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
    if content.language:
        yield f"Content-Language: {content.language}"
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
    name = header_text(mailbox.name or "")
    if not name:
        return str(mailbox.address)
    if name.isascii() and len(name) < 60 and "=?" not in name:
        shown = f'"{quote(name)}"' if _SPECIALS.search(name) else name
        return f"{shown} <{mailbox.address}>"
    return f"{Header(name, 'utf-8', maxlinelen=70).encode(linesep=_CRLF)} <{mailbox.address}>"


def _body(content: Rendered) -> bytes:
    if content.html is None:
        return _part("plain", content.text)
    boundary = f"=_{secrets.token_hex(16)}"
    head = f'Content-Type: multipart/alternative; boundary="{boundary}"{_CRLF}{_CRLF}'.encode()
    separator = f"--{boundary}{_CRLF}".encode()
    return b"".join(
        (
            head,
            separator,
            _part("plain", content.text),
            b"\r\n" + separator,
            _part("html", content.html),
            f"{_CRLF}--{boundary}--{_CRLF}".encode(),
        )
    )


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
