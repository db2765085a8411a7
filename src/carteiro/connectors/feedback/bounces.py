"""Whether a bounce says that the mailbox does not exist: one table for all providers.

Only that keeps mail away from an address for long. A block of our server, the content, a full
mailbox or somebody's policy say nothing about the address: the person would be shut out of
signing in by mail for what others did. What decides, in this order: a provider's own reason that is
about something else; the enhanced status code (RFC 3463); a provider's own reason that is about the
mailbox; the words of the server, where it gave no code that means anything.
"""

from __future__ import annotations

import re
from typing import Any

from carteiro.connectors.feedback.contract import HARD, SOFT, text

_NO_SUCH_MAILBOX = frozenset(
    {
        "1.1",  # RFC 3463 §3.2: bad destination mailbox address
        "1.2",  # the same: bad destination system address, so no mailbox there
        "1.3",  # the same: bad destination mailbox address syntax
        "1.6",  # the same: the mailbox has moved, no forwarding address
        "1.10",  # RFC 7505 §4.2: the domain takes no mail
    }
)
_NO_STATEMENT = frozenset({"0.0", "1.0", "5.0"})
"""Other or undefined: Outlook answers 5.5.0 for a mailbox that it does not have."""
_CODE = re.compile(r"(?<![\d.])([245])\.(\d{1,3}\.\d{1,3})(?![\d.]*\d)")
_WORDS = re.compile(
    r"""\b(?:
        no\s+such\s+(?:user|mailbox|recipient|account|address|person)
        |(?:user|recipient|mailbox|account|address)\s+(?:is\s+)?(?:unknown|not\s+found)
        |unknown\s+(?:user|recipient|mailbox|account|address|local[\s-]part)
        |(?:user|recipient|mailbox|account|address)\b[^.]{0,60}\b
         (?:does\s+not|doesn['’]t)\s+(?:exist|have\s+an?\b)
        |no\s+mailbox\s+here\s+by\s+that\s+name
        |invalid\s+(?:recipient|mailbox|user)
        |(?:domain|host)\b[^.]{0,60}\b(?:does\s+not\s+exist|not\s+found)
        |nxdomain
    )\b""",
    re.IGNORECASE | re.VERBOSE,
)


def bounce_reason(*told: Any, no_such_mailbox: bool | None = None) -> str:
    """``hard`` where the mailbox does not exist, else ``soft``.

    ``told`` is what the recipient's server said, the most exact first: a status, a diagnosis.
    ``no_such_mailbox`` is what the provider's own reason means, ``None`` where it says neither.
    """
    if no_such_mailbox is False:
        return SOFT
    words = " ".join(part for part in map(text, told) if part)
    for kind, detail in _CODE.findall(words):
        if kind != "5":
            return SOFT
        if detail not in _NO_STATEMENT:
            return HARD if detail in _NO_SUCH_MAILBOX else SOFT
    return HARD if no_such_mailbox or _WORDS.search(words) else SOFT
