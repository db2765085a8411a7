"""Values for mail headers, for providers that take them as text.

No value starts a new line, and none becomes a second address: the names that could be read as more
than a name are quoted (RFC 5322 §3.4).
"""

from __future__ import annotations

import re
from email.header import Header

from carteiro.model.addresses import Mailbox, Sender
from carteiro.model.display_names import clean_name, phrase
from carteiro.model.message import Message, Rendered

AUTO_SUBMITTED = ("Auto-Submitted", "auto-generated")
"""RFC 3834: nobody's absence note should answer a code."""
CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
_HALF = re.compile("[\ud800-\udfff]")


def header_text(value: str) -> str:
    """A value on one line, without halves of characters."""
    return _HALF.sub("\ufffd", CONTROLS.sub(" ", value)).strip()


def mailbox_text(mailbox: Mailbox) -> str:
    """``Name <address>`` or the address alone. Names stay Unicode."""
    name = display_name(mailbox)
    return f"{phrase(name)} <{mailbox.address}>" if name else str(mailbox.address)


def ascii_mailbox_text(mailbox: Mailbox) -> str:
    """The same with the name as RFC 2047 encodes it, for providers that take only ASCII."""
    name = display_name(mailbox)
    if name is None or name.isascii():
        return mailbox_text(mailbox)
    # One line: a folded value would be refused as a line break.
    encoded = " ".join(Header(name, "utf-8", maxlinelen=75).encode(linesep="\n").split())
    return f"{encoded} <{mailbox.address}>"


def display_name(mailbox: Mailbox) -> str | None:
    """The mailbox's name on one line; ``None`` where it has none."""
    return clean_name(mailbox.name or "") or None


def mailbox_object(mailbox: Mailbox, email: str = "email", name: str = "name") -> dict[str, str]:
    """The mailbox as a JSON object; ``email`` and ``name`` are what the provider calls them."""
    shown = display_name(mailbox)
    return {email: str(mailbox.address), **({name: shown} if shown else {})}


def sender_of(content: Rendered, default: Mailbox) -> Mailbox:
    """The template's sender, and the config's where the template says nothing."""
    if content.sender == Sender():
        return default
    return Mailbox(content.sender.address or default.address, content.sender.name)


def message_id(message: Message, sender: Mailbox) -> str:
    """The ``Message-ID``: the same on every attempt."""
    return f"<{message.id}@{sender.address.domain}>"
