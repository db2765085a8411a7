"""How a mail is read: from right to left, and aloud."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator

from carteiro.templates.checks.document import CODE, Document
from carteiro.templates.checks.findings import Finding, Severity
from carteiro.templates.checks.seen import Seen, seen

_RIGHT_TO_LEFT = frozenset(("R", "AL"))
_LETTERS = 200
"""Letters of a run that are looked at."""


def check_reading(document: Document) -> Iterator[Finding]:
    """Findings at the first place of each."""
    if document.inlined is None:
        return
    runs = list(seen(document.inlined))
    if undirected := next((run for run in runs if not run.directed and _begins_right(run)), None):
        yield document.content.finding(
            Severity.WARNING,
            "no-direction",
            "This text runs from right to left, and no element says so; Gmail and others drop what "
            "`<html>` and `<body>` say.",
            _position(undirected),
            advice='Give an element around all of it `dir="rtl"`.',
        )
    if unlabelled := next((run for run in runs if CODE in run.text and not run.spoken), None):
        yield document.content.finding(
            Severity.NOTE,
            "code-read-as-number",
            "Voice readers read the code as one number.",
            _position(unlabelled),
            advice='Write `<span role="img" aria-label="{{code}}">{{code}}</span>`: in a label, '
            "the digits are written apart.",
        )


def _position(run: Seen) -> int:
    return run.tag.start if run.tag else 0


def _begins_right(run: Seen) -> bool:
    """Whether its first letter with a direction is one of a script from right to left."""
    kinds = (unicodedata.bidirectional(letter) for letter in run.text[:_LETTERS] if letter != CODE)
    return next((kind for kind in kinds if kind in {"L", *_RIGHT_TO_LEFT}), "L") != "L"
