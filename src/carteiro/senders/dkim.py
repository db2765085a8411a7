"""A DKIM record (RFC 6376 §3.6.1): whether it publishes a key that receivers use."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping
from dataclasses import dataclass

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_der_public_key

from carteiro.senders.asking import Inquiry
from carteiro.senders.tags import read_tags

_LONGEST_KEY = 4096
"""Characters of ``p=``; of RSA with 16,384 bits they are fewer."""
_MEANT = re.compile(r"(?:^|;)\s*(?:p\s*=|v\s*=\s*DKIM|k\s*=)", re.IGNORECASE)
"""What was to be a DKIM record, whatever is wrong with it."""
_FEWEST_BITS, _ENOUGH_BITS = 1024, 2048
"""RFC 8301 §3.2: receivers ignore keys below the first, and signers use the second."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DkimRecord:
    """What stands at a selector; a ``problem`` makes its signatures worth nothing."""

    selector: str
    domain: str
    exists: bool
    problem: str | None = None
    doubt: str | None = None

    @property
    def name(self) -> str:
        """Where it stands."""
        return f"{self.selector}._domainkey.{self.domain}"


async def read_dkim(
    inquiry: Inquiry, selector: str, domain: str, expected: str | None = None
) -> DkimRecord:
    """Look a key up; ``expected`` is the record of one of ours. Raises ``NameUnavailable``."""
    place = {"selector": selector, "domain": domain}
    texts = (await inquiry.texts(f"{selector}._domainkey.{domain}")).found
    if not any(map(_MEANT.search, texts)):
        # A wildcard answers every name, most often with somebody's SPF record.
        said = "there is a record, but it is no DKIM record" if texts else "there is no such record"
        return DkimRecord(**place, exists=False, problem=said)
    if len(texts) > 1:
        text = f"there are {len(texts)} records, and which one counts is left to chance"
        return DkimRecord(**place, exists=True, problem=text)
    tags = read_tags(texts[0])
    problem = _problem(tags)
    if problem is None and expected is not None and not _publishes(tags, expected):
        problem = "it publishes another key than the one that signs"
    doubt = None if problem else _doubt(tags)
    return DkimRecord(**place, exists=True, problem=problem, doubt=doubt)


def _problem(tags: Mapping[str, str] | None) -> str | None:
    if tags is None or "p" not in tags:
        return "it is no DKIM record"
    if "v" in tags and (tags["v"] != "DKIM1" or next(iter(tags)) != "v"):
        return "its version is not DKIM1"
    if not _key(tags):
        return "its key is withdrawn (p= is empty)"
    if "h" in tags and "sha256" not in _listed(tags["h"]):
        return "it allows no SHA-256 (h=)"
    if "s" in tags and not {"*", "email"} & _listed(tags["s"]):
        return "it is not for mail (s=)"
    return _problem_of_key(tags.get("k", "rsa").lower(), _key(tags))


def _problem_of_key(kind: str, text: str) -> str | None:
    try:
        if len(text) > _LONGEST_KEY:
            return "its key is too long"
        data = base64.b64decode(text, validate=True)
        if kind == "ed25519":
            return None if len(data) == 32 else "its key is not one of Ed25519"
        if kind != "rsa":
            return "its kind of key (k=) is not known"
        bits = _bits(data)
    except (binascii.Error, ValueError, TypeError, UnsupportedAlgorithm):
        return "its key cannot be read"
    return f"its key has {bits} bits: receivers ignore it" if bits < _FEWEST_BITS else None


def _doubt(tags: Mapping[str, str] | None) -> str | None:
    assert tags is not None
    if "y" in _listed(tags.get("t", "")):
        return "it says that it is only being tried out (t=y)"
    if tags.get("k", "rsa").lower() == "rsa" and _bits(base64.b64decode(_key(tags))) < _ENOUGH_BITS:
        return f"its key has fewer than {_ENOUGH_BITS} bits"
    return None


def _bits(data: bytes) -> int:
    key = load_der_public_key(data)
    if not isinstance(key, RSAPublicKey):
        raise ValueError("no RSA key")
    return key.key_size


def _publishes(tags: Mapping[str, str] | None, expected: str) -> bool:
    wanted = read_tags(expected)
    assert tags is not None
    assert wanted is not None
    return _key(tags) == _key(wanted) and tags.get("k", "rsa").lower() == wanted["k"]


def _key(tags: Mapping[str, str]) -> str:
    return "".join(tags["p"].split())


def _listed(text: str) -> set[str]:
    return {part.strip().lower() for part in text.split(":")}
