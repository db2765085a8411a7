"""What somebody is asked to confirm: its name for programs, and its words in a mail."""

from __future__ import annotations

import re

MAX_WORDS = 200
"""Characters: a mail shows them in one glance."""
NAME = r"^[A-Za-z][A-Za-z0-9._:-]{0,63}$"
"""How an operation is called: ``transfer``, ``project.delete``."""

_CONTROLS = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_TURNS = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_LINK = re.compile(
    r"[a-z][a-z0-9+.-]*:/|\b(?:mailto|tel|sms|javascript|data):|\bwww\.", re.IGNORECASE
)


def words_fault(words: str) -> str | None:
    """What is wrong with an operation's words, in a sentence for the caller; ``None``: nothing.

    They are one line. Nothing in them may be opened, since a code is in the same mail, and nothing
    may show an amount or a name in another order than it is written.
    """
    if not words.strip():
        return "An operation's words say something."
    if len(words) > MAX_WORDS:
        return f"An operation's words have at most {MAX_WORDS} characters."
    if _CONTROLS.search(words):
        return "An operation's words are one line without controls."
    if _TURNS.search(words):
        return "An operation's words do not change the direction of writing."
    if _LINK.search(words):
        return "An operation's words have no link in them."
    return None
