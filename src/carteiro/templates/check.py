"""The lint: what is wrong with a template before anybody gets it."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from enum import StrEnum

from carteiro.model.kinds import TemplateType
from carteiro.model.message import ContentType, TemplateSource
from carteiro.templates.kinds import USAGES, variables
from carteiro.templates.placeholders import MAX_CHARACTERS, PLACEHOLDER

CLIPPED_AT = 102 * 1024
"""Bytes of HTML after which Gmail hides the rest of a mail."""
_BLOCK = re.compile(r"\{\{\s*[#/^>!&][^}]*\}\}")
_TRIPLE = re.compile(r"\{\{\{[^{}]*\}\}\}")
_LINK = re.compile(r"""\b(?:href|src|action|background)\s*=\s*["']?\s*([^"'\s>]+)""", re.IGNORECASE)
_SAFE_LINK = re.compile(r"https://|mailto:|#|\{\{", re.IGNORECASE)
_LIFETIME = re.compile(
    r"\b\d{1,3}\s*(?:-\s*)?(?:minutes?|minutos?|minuti|Minuten|min\b|hours?|horas?|heures?|Stunden?|ore)"
    r"|\d{1,3}\s*(?:分钟|分|دقائق|دقيقة)",
    re.IGNORECASE,
)
_LITERAL_CODE = re.compile(r"(?<![#\w&.-])(?:000000|123456)(?![\w.-])")


class Severity(StrEnum):
    """How bad it is."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing to mend, with its place: line and column count from 1."""

    severity: Severity
    code: str
    message: str
    where: str
    line: int
    column: int


def check(source: TemplateSource, kind: TemplateType) -> list[Finding]:
    """Everything that is wrong with a template for its type, in the order of the text."""
    texts = {
        "subject": source.subject,
        "content": source.content,
        "replyTo": source.reply_to or "",
        "sendFrom": source.send_from or "",
    }
    findings = list(_missing(source, kind))
    for where, text in texts.items():
        place = _Places(where, text)
        findings += _unknown(place, kind)
        findings += _unusable(place)
        if where in {"subject", "content"}:
            findings += _hard_coded(place)
    content = _Places("content", source.content)
    if source.content_type is ContentType.HTML:
        findings += _links(content)
    findings += _size(content, source.content_type)
    order = {where: number for number, where in enumerate(texts)}
    return sorted(findings, key=lambda found: (order[found.where], found.line, found.column))


class _Places:
    """A text in which a position is a line and a column."""

    def __init__(self, where: str, text: str) -> None:
        self.where = where
        self.text = text
        self._starts = [0, *(match.end() for match in re.finditer("\n", text))]

    def finding(self, severity: Severity, code: str, message: str, position: int = 0) -> Finding:
        line = bisect_right(self._starts, position)
        column = position - self._starts[line - 1] + 1
        return Finding(
            severity=severity,
            code=code,
            message=message,
            where=self.where,
            line=line,
            column=column,
        )


def _missing(source: TemplateSource, kind: TemplateType) -> Iterator[Finding]:
    wanted = USAGES[kind].carries
    if wanted not in {match[1] for match in PLACEHOLDER.finditer(source.content)}:
        text = f"The content has no {{{{{wanted}}}}}: whoever gets this mail can't go on."
        yield _Places("content", source.content).finding(Severity.ERROR, f"missing-{wanted}", text)


def _unknown(place: _Places, kind: TemplateType) -> Iterator[Finding]:
    known = variables(kind)
    for match in PLACEHOLDER.finditer(place.text):
        name = match[1]
        if name in known:
            continue
        close = get_close_matches(name, known, n=1)
        hint = f" Did you mean {{{{{close[0]}}}}}?" if close else ""
        text = f"{{{{{name}}}}} is not a variable of {kind}; it stands in the mail as it is.{hint}"
        yield place.finding(Severity.WARNING, "unknown-variable", text, match.start())


def _unusable(place: _Places) -> Iterator[Finding]:
    for match in _BLOCK.finditer(place.text):
        text = f"{match[0]} does nothing: templates have variables, no blocks."
        yield place.finding(Severity.WARNING, "block", text, match.start())
    for match in _TRIPLE.finditer(place.text):
        text = f"{match[0]} shows braces around the value; write two on each side."
        yield place.finding(Severity.WARNING, "triple-braces", text, match.start())


def _hard_coded(place: _Places) -> Iterator[Finding]:
    for match in _LIFETIME.finditer(place.text):
        text = f"{match[0]!r} is fixed, the policy is not: write {{{{expiresInMinutes}}}}."
        yield place.finding(Severity.WARNING, "hard-coded-lifetime", text, match.start())
    for match in _LITERAL_CODE.finditer(place.text):
        text = f"{match[0]} looks like a sample code: write {{{{code}}}}."
        yield place.finding(Severity.WARNING, "literal-code", text, match.start())


def _links(place: _Places) -> Iterator[Finding]:
    for match in _LINK.finditer(place.text):
        if not _SAFE_LINK.match(match[1]):
            text = f"{match[1][:80]} is not an https or mailto address."
            yield place.finding(Severity.WARNING, "unsafe-link", text, match.start(1))


def _size(place: _Places, content_type: ContentType) -> Iterator[Finding]:
    size = len(place.text.encode())
    if len(place.text) > MAX_CHARACTERS:
        text = f"The content has {len(place.text):,} characters, at most {MAX_CHARACTERS:,} can be."
        yield place.finding(Severity.ERROR, "too-large", text)
    elif content_type is ContentType.HTML and size > CLIPPED_AT:
        text = f"The content has {size:,} bytes; Gmail shows the first {CLIPPED_AT:,}."
        yield place.finding(Severity.WARNING, "clipped", text)
