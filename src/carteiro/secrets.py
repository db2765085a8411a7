"""Keys and chance: sealing at rest, keyed hashes, and every random value that Carteiro makes.

A ``Keyring`` holds one or more named keys from outside the database. One of them seals and all of
them open, so a key is rotated by adding a new one and removing the old one later. From each key
separate sub-keys are derived for each purpose (HKDF-SHA256, RFC 5869). Look-up hashes have a key of
their own, which the database keeps sealed: a rotation leaves them alone.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import string
from collections.abc import Sequence
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from carteiro.errors import SealBroken

_FORMAT = b"\x01"
_DIGITS = string.digits + string.ascii_lowercase
_NONCE = 12


@dataclass(frozen=True, slots=True)
class Key:
    """A named secret of at least 32 bytes. The name is stored beside what it sealed."""

    id: str
    material: bytes = field(repr=False)

    def __post_init__(self) -> None:
        if not 1 <= len(self.id.encode()) <= 32:
            raise ValueError("a key's id has 1 to 32 bytes")
        if len(self.material) < 32:
            raise ValueError("a key has at least 32 bytes")


class Keyring:
    """The deployment's keys, newest first. The first one seals until ``use`` says otherwise."""

    def __init__(self, keys: Sequence[Key]) -> None:
        if not keys:
            raise ValueError("a keyring needs a key")
        if len({key.id for key in keys}) < len(keys):
            raise ValueError("two keys have one id")
        self.primary = keys[0].id
        self._seals = {key.id: AESGCM(_derive(key, b"seal")) for key in keys}
        self._codes = {key.id: _derive(key, b"code") for key in keys}
        self._fingerprints = {key.id: _derive(key, b"fingerprint") for key in keys}
        self._index = self.first_lookup_key = _derive(keys[-1], b"index")

    @property
    def key_ids(self) -> tuple[str, ...]:
        """The configured key ids, newest first."""
        return tuple(self._seals)

    def fingerprint(self, key_id: str) -> bytes:
        """What tells a key apart without telling anything else of it (32 bytes)."""
        return self._fingerprints[key_id]

    def use(self, *, sealing: str, lookup_key: bytes | None = None) -> None:
        """Seal with another of the keys from now on, and find rows by this look-up key."""
        if sealing not in self._seals:
            raise ValueError("a key that seals is one of the keyring's")
        self.primary = sealing
        if lookup_key is not None:
            self._index = lookup_key

    def seal(self, plaintext: bytes, context: str) -> bytes:
        """Encrypt and bind to ``context`` (which row, which column): it opens nowhere else."""
        nonce = secrets.token_bytes(_NONCE)
        kid = self.primary.encode()
        body = self._seals[self.primary].encrypt(nonce, plaintext, context.encode())
        return b"".join((_FORMAT, bytes((len(kid),)), kid, nonce, body))

    def open(self, sealed: bytes, context: str) -> bytes:
        """Decrypt what ``seal`` made with any of the keys. Raises ``SealBroken``."""
        try:
            end = 2 + sealed[1]
            box = self._seals[sealed[2:end].decode()]
            if sealed[:1] != _FORMAT:
                raise SealBroken
            body = sealed[end + _NONCE :]
            return box.decrypt(sealed[end : end + _NONCE], body, context.encode())
        except (InvalidTag, KeyError, IndexError, ValueError) as error:
            raise SealBroken from error

    def code_digest(self, *parts: str, key_id: str | None = None) -> bytes:
        """A keyed hash of a code and what it is bound to. Raises ``SealBroken`` for a lost key."""
        try:
            key = self._codes[key_id or self.primary]
        except KeyError as error:
            raise SealBroken from error
        return hmac.digest(key, _join(parts), "sha256")

    def index_digest(self, *parts: str) -> str:
        """A keyed hash for finding a row without storing what it is about (32 hex digits)."""
        return hmac.digest(self._index, _join(parts), "sha256").hex()[:32]


def sealed_by(sealed: bytes) -> str:
    """The id of the key that sealed a value. Raises ``SealBroken`` for what is no sealed value."""
    try:
        if sealed[:1] != _FORMAT:
            raise SealBroken
        return sealed[2 : 2 + sealed[1]].decode()
    except (IndexError, ValueError) as error:
        raise SealBroken from error


def lookup_key() -> bytes:
    """A fresh key for look-up hashes."""
    return secrets.token_bytes(32)


def _derive(key: Key, purpose: bytes) -> bytes:
    return HKDF(SHA256(), 32, salt=b"carteiro", info=purpose).derive(key.material)


def _join(parts: Sequence[str]) -> bytes:
    """Length-prefixed, so that ("ab", "c") and ("a", "bc") differ."""
    joined = b""
    for part in parts:
        encoded = part.encode()
        joined += len(encoded).to_bytes(4, "big") + encoded
    return joined


def same(left: bytes, right: bytes) -> bool:
    """Compare in constant time."""
    return hmac.compare_digest(left, right)


def fingerprint(value: str) -> bytes:
    """A plain hash for values that are already unguessable, such as a bearer token."""
    return hashlib.sha256(value.encode()).digest()


def numeric_code(length: int = 6) -> str:
    """A one-time code: uniform digits, leading zeros kept."""
    return f"{secrets.randbelow(10**length):0{length}d}"


def letter_code(length: int) -> str:
    """A one-time code of letters that are not mistaken for one another, and spell no words."""
    return _LETTERS.random(length)


def standard_id() -> str:
    """21 of ``0-9a-z``: applications, templates, messages and most rows."""
    return _LOWER.random(21)


def timed_id(now: int) -> str:
    """21 of ``0-9a-z`` that sort by time: 9 for the milliseconds ``now``, 12 by chance."""
    return time_prefix(now) + _LOWER.random(12)


def time_prefix(moment: int) -> str:
    """How the ids made at a time (milliseconds since the epoch) begin; they sort as times do."""
    text, rest = "", min(max(moment, 0), 36**9 - 1)
    for _ in range(9):
        rest, digit = divmod(rest, 36)
        text = _DIGITS[digit] + text
    return text


def short_id() -> str:
    """12 of ``0-9a-z``: users, organizations, connectors."""
    return _LOWER.random(12)


def request_id() -> str:
    """16 of ``A-Za-z0-9_-``: names one request in the logs."""
    return secrets.token_urlsafe(12)


def secret_value() -> str:
    """32 of ``0-9a-zA-Z``: application secrets and signing keys (190 bits)."""
    return _ALNUM.random(32)


def browser_token() -> str:
    """43 of ``A-Za-z0-9_-``: what a browser is known by (256 bits)."""
    return secrets.token_urlsafe(32)


def opaque_value() -> str:
    """43 of ``A-Za-z0-9_-`` (256 bits): codes, tokens and what cookies prove."""
    return secrets.token_urlsafe(32)


def salt() -> str:
    """16 random bytes, as 32 hex digits."""
    return secrets.token_hex(16)


class _Alphabet:
    """Uniform random text, one system call and one pass: ids are made on the hot path."""

    def __init__(self, letters: str) -> None:
        size = len(letters)
        self._table = bytes(ord(letters[byte % size]) for byte in range(256))
        self._biased = bytes(range(256 - 256 % size, 256))

    def random(self, length: int) -> str:
        text = b""
        while len(text) < length:
            text += secrets.token_bytes(2 * length).translate(self._table, self._biased)
        return text[:length].decode()


_LOWER = _Alphabet(string.digits + string.ascii_lowercase)
_ALNUM = _Alphabet(string.digits + string.ascii_letters)
CODE_LETTERS = "BCDFGHJKLMNPQRSTVWXZ"
"""RFC 8628 §6.1: no vowels, and no two that look alike."""
_LETTERS = _Alphabet(CODE_LETTERS)
