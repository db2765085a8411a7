"""Keys that sign for a domain: made, kept as bytes, and published as a DNS record.

RSA of 2048 bits is what every receiver verifies (RFC 8301 §3.2). Ed25519 (RFC 8463) makes short
records; who cannot read it passes over it, so it stands beside an RSA key and not in its place.
"""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass, field
from enum import StrEnum

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_der_private_key,
    load_pem_private_key,
)

from carteiro.errors import DkimKeyRefused
from carteiro.model.addresses import parse_domain

_BITS = 2048
_FEWEST_BITS = 1024
_EXPONENT = 65537
_TEXT = 255
"""Octets of one string of a TXT record (RFC 1035 §3.3.14)."""
SELECTOR = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
"""One label of a name, which is what DNS hosts' forms take; RFC 6376 §3.1 would allow several."""
SELECTOR_RULE = "A selector has lower-case letters, digits and hyphens, 63 at most."


class KeyAlgorithm(StrEnum):
    """How a key signs, as ``k=`` of its record names it."""

    RSA = "rsa"
    ED25519 = "ed25519"


@dataclass(frozen=True, slots=True, kw_only=True)
class DkimKey:
    """A private key, and where its public half is looked up."""

    domain: str
    """In A-labels."""
    selector: str
    algorithm: KeyAlgorithm
    private: RSAPrivateKey | Ed25519PrivateKey = field(repr=False, compare=False)

    @classmethod
    def from_pem(cls, pem: str | bytes, *, domain: str, selector: str) -> DkimKey:
        """A private key of one's own (PKCS #8 or PKCS #1), for a domain in any spelling.

        Raises ``InvalidAddress``, and ``DkimKeyRefused`` for a selector that is none, a file that
        cannot be read or has a passphrase, a kind of key that signs no mail, and an RSA key below
        1024 bits, which receivers ignore (RFC 8301 §3.2). Its message never tells of the key.

        >>> from carteiro import DkimKey
        >>> DkimKey.from_pem("-----BEGIN", domain="example.com", selector="s1")
        Traceback (most recent call last):
        carteiro.errors.senders.DkimKeyRefused: This is no private key in PEM without a passphrase.
        """
        if SELECTOR.fullmatch(selector) is None:
            raise DkimKeyRefused(SELECTOR_RULE)
        private = _from_pem(pem.encode() if isinstance(pem, str) else pem)
        ed25519 = isinstance(private, Ed25519PrivateKey)
        return cls(
            domain=parse_domain(domain),
            selector=selector,
            algorithm=KeyAlgorithm.ED25519 if ed25519 else KeyAlgorithm.RSA,
            private=private,
        )

    @property
    def host(self) -> str:
        """The name of the record."""
        return f"{self.selector}._domainkey.{self.domain}"

    @property
    def record(self) -> str:
        """What the TXT record says (RFC 6376 §3.6.1)."""
        return f"v=DKIM1; k={self.algorithm}; p={public_text(self.private)}"


def new_private(algorithm: KeyAlgorithm) -> RSAPrivateKey | Ed25519PrivateKey:
    """Make a key. RSA takes some tenths of a second: not for the event loop."""
    if algorithm is KeyAlgorithm.ED25519:
        return Ed25519PrivateKey.generate()
    return generate_private_key(_EXPONENT, _BITS)


def private_bytes(key: RSAPrivateKey | Ed25519PrivateKey) -> bytes:
    """A key as it is sealed (PKCS #8, DER)."""
    return key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())


def read_private(data: bytes) -> RSAPrivateKey | Ed25519PrivateKey:
    """The key of ``private_bytes``. Raises ``ValueError`` for anything else."""
    key = load_der_private_key(data, None)
    if not isinstance(key, RSAPrivateKey | Ed25519PrivateKey):
        raise ValueError("this key signs no mail")
    return key


def _from_pem(data: bytes) -> RSAPrivateKey | Ed25519PrivateKey:
    try:
        key = load_pem_private_key(data, None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise DkimKeyRefused("This is no private key in PEM without a passphrase.") from None
    if not isinstance(key, RSAPrivateKey | Ed25519PrivateKey):
        raise DkimKeyRefused("Mail is signed by RSA or Ed25519, which this key is not.")
    if isinstance(key, RSAPrivateKey) and key.key_size < _FEWEST_BITS:
        raise DkimKeyRefused(f"A key of RSA has {_FEWEST_BITS} bits or more; {_BITS} are usual.")
    return key


def public_text(key: RSAPrivateKey | Ed25519PrivateKey) -> str:
    """``p=``: for RSA the structure with its algorithm, for Ed25519 the bare 32 bytes."""
    public = key.public_key()
    if isinstance(key, Ed25519PrivateKey):
        raw = public.public_bytes(Encoding.Raw, PublicFormat.Raw)
    else:
        raw = public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return base64.b64encode(raw).decode()


def zone_text(record: str) -> str:
    """A record's text as a zone file has it: in quotes, in strings that are not too long."""
    pieces = [record[at : at + _TEXT] for at in range(0, len(record), _TEXT)]
    return " ".join(f'"{piece}"' for piece in pieces)
