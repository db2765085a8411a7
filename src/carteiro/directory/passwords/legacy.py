"""Digests that other systems made: any hash over salt and password, or PBKDF2.

The text is JSON, ``["sha256", ["salt", "@"], "hex"]`` or ``["pbkdf2", ["salt", "1000", "20",
"sha512", "@"], "hex"]``, where an argument ``@`` stands for the password (the reference's guide to
moving users, https://docs.logto.io/user-management/user-migration).
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field

from carteiro.secrets import same

_HASHES = {
    **{name: name for name in ("md5", "sha1", "sha224", "sha256", "sha384", "sha512", "ripemd160")},
    **{f"sha3-{bits}": f"sha3_{bits}" for bits in (224, 256, 384, 512)},
    **{f"sha512-{bits}": f"sha512_{bits}" for bits in (224, 256)},
    "blake2b512": "blake2b",
    "blake2s256": "blake2s",
}
"""By the name that the systems where such digests come from use."""
_PBKDF2 = "pbkdf2"
_ITERATIONS_AT_MOST = 10_000_000
"""Some seconds of work; whoever asks for more means to keep the machine busy."""
_LENGTH_AT_MOST = 128
_PASSWORD = "@"  # noqa: S105 - the place where it goes


@dataclass(frozen=True, slots=True)
class LegacyDigest:
    """How a digest was made, and what came out."""

    algorithm: str
    arguments: tuple[str, ...] = field(repr=False)
    expected: str = field(repr=False)

    def matches(self, password: str) -> bool:
        """Whether the password makes this digest; takes as long as its iterations do."""
        values = [password if text == _PASSWORD else text for text in self.arguments]
        made = _pbkdf2(values) if self.algorithm == _PBKDF2 else _hash(self.algorithm, values)
        return same(made.hex().encode(), self.expected.lower().encode())


def read_legacy(text: str) -> LegacyDigest | None:
    """Read a digest; ``None`` for one that no password can match here."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return None
    match value:
        case [str(algorithm), list(arguments), str(expected)] if _are_texts(arguments):
            name = algorithm.lower().removeprefix("rsa-")
            digest = LegacyDigest(name, tuple(arguments), expected)
            return digest if _computable(digest) else None
        case _:
            return None


def _computable(digest: LegacyDigest) -> bool:
    if _PASSWORD not in digest.arguments:
        return False
    if digest.algorithm != _PBKDF2:
        return _HASHES.get(digest.algorithm) in hashlib.algorithms_available
    match digest.arguments:
        case (_, iterations, length, name, _):
            return (
                _between(iterations, _ITERATIONS_AT_MOST)
                and _between(length, _LENGTH_AT_MOST)
                and _HASHES.get(name.lower()) in hashlib.algorithms_available
            )
        case _:
            return False


def _between(text: str, most: int) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 10 and 1 <= int(text) <= most


def _are_texts(values: list[object]) -> bool:
    return all(isinstance(value, str) for value in values)


def _hash(algorithm: str, values: list[str]) -> bytes:
    joined = "".join(values).encode()
    return hashlib.new(_HASHES[algorithm], joined, usedforsecurity=False).digest()


def _pbkdf2(values: list[str]) -> bytes:
    salt, iterations, length, name, password = values
    return hashlib.pbkdf2_hmac(
        _HASHES[name.lower()], password.encode(), salt.encode(), int(iterations), int(length)
    )
