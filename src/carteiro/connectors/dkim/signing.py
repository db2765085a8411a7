"""``DKIM-Signature``: what is signed, in which form, with which keys (RFC 6376 §3.4 to §3.7, §5).

Both canonicalizations are ``relaxed``: servers on the way fold headers and trim lines. Every header
of ours is signed. Those that say who writes to whom about what are listed once more than they are
there, so that a second one, put in front on the way, breaks the signature (§8.15).
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterable, Sequence

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256

from carteiro.connectors.dkim.keys import DkimKey

_UNSIGNED = frozenset({"bcc", "dkim-signature", "received", "return-path"})
"""Servers on the way put them on, or take them off."""
_ONCE = ("from", "to", "cc", "subject", "date", "message-id", "reply-to", "mime-version",
         "content-type")  # fmt: skip
"""Nobody may add another one of these."""
_WIDTH = 72
_FOLD = "\r\n\t"
_END = b"\r\n"
_BLANKS = re.compile(rb"[ \t]+")
_RUNS = re.compile(rb"[ \t]{2,}|\t")
_TRAILING = re.compile(rb"[ \t]+(?=\r\n)")


class Signer:
    """Signs for the domains of some keys; made once, used for every mail."""

    def __init__(self, keys: Iterable[DkimKey]) -> None:
        self._keys: dict[str, list[DkimKey]] = {}
        for key in keys:
            self._keys.setdefault(key.domain, []).append(key)

    def __bool__(self) -> bool:
        return bool(self._keys)

    def signs(self, domain: str) -> bool:
        """Whether a mail from this domain gets a signature."""
        return bool(self._keys_of(domain))

    def sign(self, message: bytes, domain: str, now: int) -> bytes:
        """The message with a signature in front for each key of the sender's domain.

        ``domain`` is that of ``From``; the keys of the nearest domain above it sign where it has
        none, which DMARC takes for aligned (RFC 7489 §3.1.1). A message of a domain without keys is
        given back as it is. ``now`` is in milliseconds since the epoch.
        """
        keys = self._keys_of(domain)
        if not keys:
            return message
        head, _, body = message.partition(_END + _END)
        fields = _fields(head)
        digest = base64.b64encode(hashlib.sha256(relaxed_body(body)).digest()).decode()
        made = [_signature(key, fields, digest, now) for key in keys]
        return b"".join((*made, message))

    def _keys_of(self, domain: str) -> Sequence[DkimKey]:
        while domain:
            if (keys := self._keys.get(domain)) is not None:
                return keys
            domain = domain.partition(".")[2]
        return ()


def _signature(key: DkimKey, fields: Sequence[tuple[str, bytes]], digest: str, now: int) -> bytes:
    names, signed = _chosen(fields)
    tags = [
        f"v=1; a={key.algorithm}-sha256; c=relaxed/relaxed; d={key.domain};",
        f"s={key.selector}; t={now // 1000};",
        *_folded("h=", names, ":"),
        f"bh={digest};",
        "b=",
    ]
    unsigned = f"DKIM-Signature: {_FOLD.join(tags)}"
    data = b"".join((*signed, _relaxed_field(unsigned.encode()).removesuffix(_END)))
    if isinstance(key.private, Ed25519PrivateKey):
        raw = key.private.sign(hashlib.sha256(data).digest())
    else:
        raw = key.private.sign(data, PKCS1v15(), SHA256())
    text = base64.b64encode(raw).decode()
    pieces = [text[at : at + _WIDTH] for at in range(0, len(text), _WIDTH)]
    return f"{unsigned}{_FOLD.join(pieces)}\r\n".encode()


def _fields(head: bytes) -> list[tuple[str, bytes]]:
    """The header's fields in order: their names in lower case, and their lines."""
    fields: list[tuple[str, bytes]] = []
    for line in head.split(_END):
        if line[:1] in {b" ", b"\t"} and fields:
            name, before = fields[-1]
            fields[-1] = name, before + _END + line
        else:
            fields.append(
                (line.partition(b":")[0].strip().decode("ascii", "replace").lower(), line)
            )
    return fields


def _chosen(fields: Sequence[tuple[str, bytes]]) -> tuple[list[str], list[bytes]]:
    """What ``h=`` lists, and the fields in that order: of several of a name the last one first."""
    signed = [(name, line) for name, line in reversed(fields) if name not in _UNSIGNED]
    return [*(name for name, _ in signed), *_ONCE], [_relaxed_field(line) for _, line in signed]


def _relaxed_field(line: bytes) -> bytes:
    """§3.4.2: the name in lower case, on one line, runs of blanks as one."""
    name, _, value = line.partition(b":")
    text = _BLANKS.sub(b" ", value.replace(_END, b"")).strip(b" ")
    return name.strip(b" \t").lower() + b":" + text + _END


def relaxed_body(body: bytes) -> bytes:
    """§3.4.4: no blanks at the ends of lines, runs of them as one, no empty lines at the end."""
    if b"\t" in body or b"  " in body or b" \r\n" in body:
        body = _RUNS.sub(b" ", _TRAILING.sub(b"", body))
    if body.endswith((b" ", b"\t")):
        body = body.rstrip(b" \t")
    end = len(body)
    while body[max(end - 2, 0) : end] == _END:
        end -= 2
    return body[:end] + _END if end else b""


def _folded(tag: str, parts: Sequence[str], separator: str) -> list[str]:
    lines, line = [], tag
    for place, part in enumerate(parts):
        piece = part + (separator if place < len(parts) - 1 else ";")
        if len(line) + len(piece) > _WIDTH:
            lines.append(line)
            line = ""
        line += piece
    return [*lines, line]
