"""Subjects: of one line, and not like those that spam filters know."""

from __future__ import annotations

import re
from collections.abc import Iterator

from carteiro.templates.checks.findings import Field, Finding, Severity
from carteiro.templates.placeholders import PLACEHOLDER

_SHOUTED = 10
"""Letters, all of them capitals, that make a subject shout."""
_PATTERNS = (
    (re.compile(r"[!?！？]\s*[!?！？]"), "a row of ! or ? is what advertising has"),
    (re.compile(r"[$€£¥]\s*[$€£¥]|[$€£]\s?\d[\d.,]{4,}"), "sums of money are what fraud has"),
    (re.compile(r"\A\s*(?:re|fwd?|aw|wg|tr|rv)\s*[:：]", re.IGNORECASE), "this is no answer"),
    (re.compile(r"(?:\b\w\s+){5,}\w\b"), "letters are spread to hide a word"),
    (
        re.compile(
            r"\b(?:act now|urgent|free|winner|congratulations|click here|limited time|last chance"
            r"|account (?:will be )?(?:suspended|locked|closed)|verify your account)\b|100\s?%",
            re.IGNORECASE,
        ),
        "filters know it from advertising and fraud",
    ),
)
"""Of the kinds that SpamAssassin's rules for subjects have, in words and limits of our own."""


def check_subject(subject: Field) -> Iterator[Finding]:
    """What is wrong with a subject line."""
    text = subject.text
    if not text.strip():
        yield subject.finding(Severity.WARNING, "empty-subject", "The mail has no subject.")
    if (broken := re.search(r"[\r\n]", text.rstrip())) is not None:
        said = "A subject is one line; this break becomes a blank."
        yield subject.finding(Severity.WARNING, "line-break", said, broken.start())
    own = PLACEHOLDER.sub(lambda found: "\ufffc" * len(found[0]), text)
    letters = [letter for letter in own if letter.isalpha()]
    if len(letters) >= _SHOUTED and all(letter.isupper() for letter in letters):
        yield _spam(subject, own, "capitals alone are what advertising has", 0)
    for pattern, why in _PATTERNS:
        if (found := pattern.search(own)) is not None:
            yield _spam(subject, found[0], why, found.start())


def _spam(subject: Field, what: str, why: str, position: int) -> Finding:
    return subject.finding(
        Severity.WARNING,
        "spam-prone-subject",
        f'"{what.strip()[:60]}": {why}.',
        position,
        advice="Say what the mail is for, as one would to a person.",
    )
