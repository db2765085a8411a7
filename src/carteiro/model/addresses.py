"""Mail addresses as values: parsed once, compared without case, never joined from strings.

A recipient is exactly one address. What people write into ``From`` and ``Reply-To`` is a mailbox,
``Name <address>``; the rules for reading loose ones follow the reference implementation's pinned
results. Control characters never survive: nothing that passes here can start a new header line.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from email_validator import EmailNotValidError, ValidatedEmail, validate_email

from carteiro.errors import InvalidAddress
from carteiro.model.display_names import CONTROLS, quoted_end, read_name

_PLAIN = re.compile(r"([a-z0-9_+-]+(?:\.[a-z0-9_+-]+)*)@([a-z0-9.-]+)")
_MAX_PLAIN = 64  # no part of it can be too long, nor the whole in another encoding
_MAX_ADDRESS = 254 + 66  # RFC 5321 §4.5.3.1 with room for a Unicode domain before its A-label form


@dataclass(frozen=True, slots=True)
class EmailAddress:
    """One address. ``domain`` is lower-case ASCII (A-labels); ``local`` is kept as written."""

    local: str
    domain: str

    def __str__(self) -> str:
        return f"{self.local}@{self.domain}"

    @property
    def key(self) -> str:
        """What all spellings of the same mailbox share: lower case, NFC, the domain in A-labels."""
        return _folded(str(self))

    @property
    def needs_smtputf8(self) -> bool:
        """Whether only a server that announces SMTPUTF8 (RFC 6531) can take it."""
        return not self.local.isascii()

    @property
    def masked(self) -> str:
        """The address as a person may see it in a log or a timeline: ``a***@example.com``."""
        return f"{self.local[:1]}***@{self.domain}"


@dataclass(frozen=True, slots=True)
class Mailbox:
    """An address with the name to show for it."""

    address: EmailAddress
    name: str | None = None


@dataclass(frozen=True, slots=True)
class Sender:
    """What a template says about the sender: a name, an address, or both. The rest is config."""

    name: str | None = None
    address: EmailAddress | None = None


@lru_cache(maxsize=1024)
def parse_address(text: str) -> EmailAddress:
    """Read exactly one address; a display name, a list, or anything with controls is refused.

    The domain needs a dot, as everywhere on the wire. Names reserved by RFC 6761 that never receive
    mail (``.invalid``, ``.local``, ``.onion``, …) are refused; ``.test`` is allowed, for tests.
    Raises ``InvalidAddress``.

    >>> from carteiro import parse_address
    >>> str(parse_address("Ana@Example.com"))
    'Ana@example.com'
    >>> parse_address("ana@example.com, eve@example.com").local
    Traceback (most recent call last):
    carteiro.errors.requests.InvalidAddress: This is not exactly one valid email address: ...
    """
    if len(text) > _MAX_ADDRESS or CONTROLS.search(text):
        raise InvalidAddress
    # Most local parts are plain and most people are at a few domains: then nothing is left to ask.
    if len(text) <= _MAX_PLAIN and (plain := _PLAIN.fullmatch(text)) is not None:
        return EmailAddress(plain[1], _domain(plain[2]))
    return _validated(text)


def address_key(text: str) -> str:
    """What all spellings of one mailbox share: ``EmailAddress.key`` of a text.

    Upper and lower case, NFC and NFD (RFC 6532 §3.1), U-labels and A-labels (RFC 5890 §2.3.2.1),
    a local part quoted without need (RFC 5321 §4.1.2). A text that is no address is compared
    without case.
    """
    try:
        return parse_address(text).key
    except InvalidAddress:
        return _folded(text)


def parse_domain(text: str) -> str:
    """Read exactly one domain, into A-labels. Raises ``InvalidAddress``."""
    if "@" in text:
        raise InvalidAddress(f"Expected a domain without a name in front: {text[:200]!r}.")
    return parse_address(f"a@{text.strip()}").domain


def domain_key(text: str) -> str:
    """The same for a domain alone."""
    try:
        return _domain(text.strip())
    except InvalidAddress:
        return _folded(text)


def readable_key(key: str) -> str:
    """A key with its domain in U-labels, as people write it; as it is where it has none."""
    local, at, domain = key.rpartition("@")
    return f"{local}{at}{_readable(domain)}" if "xn--" in domain else key


def _folded(text: str) -> str:
    text = text.lower()
    return text if text.isascii() else unicodedata.normalize("NFC", text)


@lru_cache(maxsize=1024)
def _domain(text: str) -> str:
    """The domain of a plain address, as ``parse_address`` has it. Raises ``InvalidAddress``."""
    return _validated(f"a@{text}").domain


@lru_cache(maxsize=256)
def _readable(domain: str) -> str:
    try:
        shown: str = _parsed(f"a@{domain}").domain
    except EmailNotValidError:
        return domain
    return shown


def _validated(text: str) -> EmailAddress:
    try:
        parsed = _parsed(text)
    except EmailNotValidError as error:
        raise InvalidAddress(f"This is not exactly one valid email address: {error}") from error
    domain = parsed.ascii_domain.lower()
    if "." not in domain:
        raise InvalidAddress("The domain of an email address needs a dot.")
    return EmailAddress(parsed.local_part, domain)


def _parsed(text: str) -> ValidatedEmail:
    return validate_email(
        text,
        check_deliverability=False,
        globally_deliverable=False,
        test_environment=True,
        strict=True,  # RFC 5321 §4.5.3.1.1: a local part has at most 64 octets
        allow_quoted_local=True,
        allow_smtputf8=True,
    )


def parse_sender(text: str) -> Sender:
    """Read a name, an address or ``Name <address>``; what is not an address becomes the name."""
    text = CONTROLS.sub("", text).strip()
    quoted = quoted_end(text)
    if text.endswith(">"):
        start = opening_bracket(text) if quoted is None else quoted[1]
        if start >= 0:
            address = _address_or_none(text[start:].replace("<", "").replace(">", "").strip())
            if address or not text[start:].strip("<> "):
                return Sender(read_name(text[:start]) or None, address)
    elif "@" in text and (" " not in text or text.startswith('"')):
        address = None if quoted else _address_or_none(text)
        if address:
            return Sender(None, address)
    return Sender(read_name(text) or None)


def opening_bracket(text: str) -> int:
    """Where the address of ``Name <address>`` begins: the first ``<`` after a name's own brackets.

    ``-1`` where there is none. ``My <App> <a@b>`` has a name with brackets in it.
    """
    return text.find("<", text.rfind(">", 0, max(text.rfind("<"), 0)) + 1)


def parse_mailbox(text: str) -> Mailbox:
    """Read ``address`` or ``Name <address>``. Raises ``InvalidAddress`` for anything else."""
    sender = parse_sender(text)
    if sender.address is None:
        raise InvalidAddress("This is not a mailbox: expected address or Name <address>.")
    return Mailbox(sender.address, sender.name)


def _address_or_none(text: str) -> EmailAddress | None:
    try:
        return parse_address(text)
    except InvalidAddress:
        return None
