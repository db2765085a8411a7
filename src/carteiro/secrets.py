"""Keys and chance: sealing at rest, keyed hashes, and every random value that Carteiro makes.

A ``Keyring`` holds one or more named keys from outside the database. One of them seals and all of
them open, so a key is rotated by adding a new one and removing the old one later. From each key
separate sub-keys are derived for each purpose (HKDF-SHA256, RFC 5869). Look-up hashes have a key of
their own, which the database keeps sealed: a rotation leaves them alone.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
import string
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from carteiro.errors import SealBroken

_FORMAT = b"\x01"
_DIGITS = string.digits + string.ascii_lowercase
_PAIRS = tuple(first + second for first in _DIGITS for second in _DIGITS)
_NONCE = 12
_DRAWN_AT_ONCE = 64


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
        self._codes = {key.id: _keyed(_derive(key, b"code")) for key in keys}
        self._fingerprints = {key.id: _derive(key, b"fingerprint") for key in keys}
        self.first_lookup_key = _derive(keys[-1], b"index")
        self._index = _keyed(self.first_lookup_key)

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
            self._index = _keyed(lookup_key)

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
            keyed = self._codes[key_id or self.primary]
        except KeyError as error:
            raise SealBroken from error
        return _digest(keyed, parts)

    def index_digest(self, *parts: str) -> str:
        """A keyed hash for finding a row without storing what it is about (32 hex digits)."""
        return _digest(self._index, parts).hex()[:32]


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


def _keyed(key: bytes) -> hmac.HMAC:
    """HMAC-SHA256 that has taken the key in, which is half of the work for a short text."""
    return hmac.new(key, digestmod="sha256")


def _digest(keyed: hmac.HMAC, parts: Sequence[str]) -> bytes:
    """Of the parts with their lengths in front: ("ab", "c") and ("a", "bc") differ."""
    pieces: list[bytes] = []
    for part in parts:
        encoded = part.encode()
        pieces += (len(encoded).to_bytes(4, "big"), encoded)
    taken = keyed.copy()
    taken.update(b"".join(pieces))
    return taken.digest()


def same(left: bytes, right: bytes) -> bool:
    """Compare in constant time."""
    return hmac.compare_digest(left, right)


def fingerprint(value: str) -> bytes:
    """A plain hash for values that are already unguessable, such as a bearer token."""
    return hashlib.sha256(value.encode()).digest()


def numeric_code(length: int = 6) -> str:
    """A one-time code: uniform digits, leading zeros kept.

    >>> from carteiro import numeric_code
    >>> code = numeric_code(8)
    >>> len(code), code.isdecimal()
    (8, True)
    """
    return f"{secrets.randbelow(10**length):0{length}d}"


def letter_code(length: int) -> str:
    """A one-time code of letters that are not mistaken for one another, and spell no words."""
    return _LETTERS.random(length)


def standard_id() -> str:
    """21 of ``0-9a-z``: applications, templates, messages and most rows."""
    return _LOWER.random(21)


def timed_id(now: int) -> str:
    """21 of ``0-9a-z`` that sort by time: 9 for the milliseconds ``now``, 12 by chance."""
    return time_prefix(now) + _TAILS.take()


def time_prefix(moment: int) -> str:
    """How the ids made at a time (milliseconds since the epoch) begin; they sort as times do."""
    late, rest = divmod(min(max(moment, 0), 36**9 - 1), 36**3)
    first, last = divmod(rest, 36**2)
    return _leading(late) + _DIGITS[first] + _PAIRS[last]


@lru_cache(maxsize=64)
def _leading(late: int) -> str:
    """Six digits to the base of 36; for times they stay the same for three quarters of a minute."""
    pairs = []
    for _ in range(3):
        late, pair = divmod(late, 36**2)
        pairs.append(_PAIRS[pair])
    return "".join(reversed(pairs))


def short_id() -> str:
    """12 of ``0-9a-z``: users, organizations, connectors."""
    return _LOWER.random(12)


def request_id() -> str:
    """16 of ``A-Za-z0-9_-``: names one request in the logs."""
    return _NAMES.take()


def secret_value() -> str:
    """32 of ``0-9a-zA-Z``: application secrets and signing keys (190 bits)."""
    return _ALNUM.random(32)


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


class _Stock:
    """Random names drawn many at a time: for one alone the call to the system is most of it.

    They only name something. What opens something is drawn when it is wanted, and never waits here.
    """

    def __init__(self, draw: Callable[[int], str], length: int) -> None:
        self._draw = draw
        self._length = length
        self._left: list[str] = []
        # Two processes are not to give the same names.
        os.register_at_fork(after_in_child=self._left.clear)

    def take(self) -> str:
        try:
            return self._left.pop()
        except IndexError:
            length = self._length
            text = self._draw(_DRAWN_AT_ONCE * length)
            names = [text[place : place + length] for place in range(0, len(text), length)]
            self._left += names[1:]
            return names[0]


_LOWER = _Alphabet(string.digits + string.ascii_lowercase)
_TAILS = _Stock(_LOWER.random, 12)
_NAMES = _Stock(lambda size: secrets.token_urlsafe(size * 3 // 4), 16)
_ALNUM = _Alphabet(string.digits + string.ascii_letters)
CODE_LETTERS = "BCDFGHJKLMNPQRSTVWXZ"
"""RFC 8628 §6.1: no vowels, and no two that look alike."""
_LETTERS = _Alphabet(CODE_LETTERS)
