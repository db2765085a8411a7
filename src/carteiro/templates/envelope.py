"""Who a mail comes from and where answers go, by the template: its text is the structure.

Values fill the structure and never change it. A value in a name loses what could end a quoted
name; a value in an address that brings such a character makes the address unusable. A placeholder
alone is a name in ``sendFrom`` and one address in ``replyTo``; an application that calls itself
``a@b.example`` does not become the sender.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from carteiro.errors import InvalidAddress
from carteiro.model.addresses import (
    EmailAddress,
    Mailbox,
    Sender,
    opening_bracket,
    parse_address,
    parse_sender,
)
from carteiro.model.display_names import clean_name, quoted_end, unescaped
from carteiro.templates.escaping import plain
from carteiro.templates.placeholders import FilledText, Part, Placeholder, compile_text, split

_ENDS_A_NAME = re.compile(r'["\\]')
_STRUCTURE = re.compile('=\\?|[<>,;"\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]')
_CONTROLS = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
_REFUSED = "\x00"
"""No address holds it: a refused value makes the whole address unusable."""
_VALUE = "\ufffc"


def one_line(text: str) -> str:
    """A header's text: controls are blanks, and it holds no encoded word of its own (RFC 2047).

    A mail program, or the library that writes the header, would decode it into what it hides.
    """
    return _CONTROLS.sub(" ", text).replace("=?", "= ?").strip()


def _in_name(value: str) -> str:
    return _ENDS_A_NAME.sub("", value)


def _in_address(value: str) -> str:
    return _REFUSED if _STRUCTURE.search(value) else value


@dataclass(frozen=True, slots=True)
class MailboxPattern:
    """``Name <address>`` with placeholders; either half may be missing."""

    name: FilledText | None
    address: FilledText | None

    def sender(self, payload: Mapping[str, Any]) -> Sender:
        """The sender; an address that is none is left out, for the connector's own."""
        name = clean_name(self.name.render(payload)) if self.name else ""
        return Sender(name or None, self._address(payload))

    def mailbox(self, payload: Mapping[str, Any]) -> Mailbox | None:
        """The mailbox, or ``None`` where the values give no address."""
        sender = self.sender(payload)
        return Mailbox(sender.address, sender.name) if sender.address else None

    def _address(self, payload: Mapping[str, Any]) -> EmailAddress | None:
        if self.address is None:
            return None
        try:
            return parse_address(self.address.render(payload).strip())
        except InvalidAddress:
            return None


def compile_send_from(source: str) -> MailboxPattern:
    """A display name, an address or both. Raises ``InvalidTemplate`` for an enormous one."""
    return _pattern(*_halves(_atoms(source)))


def compile_reply_to(source: str) -> MailboxPattern:
    """An address, with or without a name; a placeholder alone stands for an address."""
    atoms = _atoms(source)
    name, address = _halves(atoms)
    if len(atoms) == 1:
        name, address = [], atoms
    return _pattern(name, address)


def misread_sender(source: str) -> bool:
    """Whether a sender without placeholders looks as if it had an address, and has none.

    A quoted name is a name, whatever it looks like.
    """
    if "{{" in source or quoted_end(source.strip()) is not None:
        return False
    return bool(re.search("[@<]", source)) and parse_sender(source).address is None


def _atoms(source: str) -> list[Part]:
    """Characters and placeholders, without controls and without blanks around them."""
    atoms: list[Part] = []
    for part in split(source):
        atoms.extend([part] if isinstance(part, Placeholder) else plain(_CONTROLS.sub("", part)))
    while atoms and atoms[0] == " ":
        del atoms[0]
    while atoms and atoms[-1] == " ":
        del atoms[-1]
    return atoms


def _halves(atoms: list[Part]) -> tuple[list[Part], list[Part]]:
    """Name and address, told apart by the template's own characters (connectors §1.7)."""
    text = "".join(atom if isinstance(atom, str) else _VALUE for atom in atoms)
    quoted = quoted_end(text)
    if quoted is not None and text.endswith((">", '"')):
        name, atoms = unescaped(atoms[1 : quoted[0]]), atoms[quoted[1] :]
        return name, [atom for atom in atoms if atom not in ("<", ">")]
    start = opening_bracket(text)
    if text.endswith(">") and start >= 0:
        return atoms[:start], [atom for atom in atoms[start:] if atom not in ("<", ">")]
    if "@" in text and " " not in text:
        return [], atoms
    return atoms, []


def _pattern(name: list[Part], address: list[Part]) -> MailboxPattern:
    return MailboxPattern(
        compile_text(name, _in_name) if name else None,
        compile_text(address, _in_address) if address else None,
    )
