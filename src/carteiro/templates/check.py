"""The lint: what is wrong with a template before anybody gets it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from difflib import get_close_matches
from html import unescape
from itertools import islice

from carteiro.errors import InvalidTemplate
from carteiro.model.kinds import TemplateType
from carteiro.model.message import ContentType, TemplateSource
from carteiro.templates.compiled import compile_template
from carteiro.templates.contexts import in_context
from carteiro.templates.findings import Field, Finding, Severity
from carteiro.templates.kinds import USAGES, Presence, variables
from carteiro.templates.placeholders import MAX_CHARACTERS, PLACEHOLDER, Slot, split
from carteiro.templates.urls import nothing

__all__ = ["Finding", "Severity", "check"]

CLIPPED_AT = 102 * 1024
"""Bytes of HTML after which Gmail hides the rest of a mail."""
_MOST_PER_RULE = 100
"""Enough to mend; a broken template of half a megabyte must not be answered with as much."""

_BRACES = re.compile(r"\{\{\{[^{}]*\}\}\}|\{\{[^{}]*\}\}")
_BLOCK = re.compile(r"\{\{\s*(?:[#/^>!&*]|else\s*\}|this\b|@)")
_LINK = re.compile(
    r"""\s(?:href|src|action|formaction|background|poster)\s*+=\s*+["']?\s*+([^"'\s>]+)""",
    re.IGNORECASE,
)
_SAFE_LINK = re.compile(r"https://|mailto:|cid:|#|\Z", re.IGNORECASE)
_DANGEROUS_LINK = re.compile(r"(?:javascript|vbscript|data|file):", re.IGNORECASE)
_LINK_VARIABLE = re.compile(
    r"\{\{\s*(?:link|[\w.]*(?:[uU]rl|favicon|[fF]avicon|avatar|website|Logo|profile))\s*\}\}"
)
_NOT_TEXT = re.compile(
    r"<!--.*?(?:-->|\Z)|<(style|script|title)\b.*?(?:</\1\s*>|\Z)|</?[a-z][^>]*(?:>|\Z)",
    re.IGNORECASE | re.DOTALL,
)
_LIFETIME = re.compile(
    r"""\b\d{1,4}[\s\xa0-]*(?:
        (?:min|mins|minutes?|hours?|hrs?|minutos?|horas?|heures?|minuti|ore|ora
        |minuten|minute|stunden?|minut[ay]?|godzin\w*|dakika|saat|минут\w*|час\w*|хвилин\w*)\b
        |分(?:間|钟|鐘)?|小时|小時|時間|분|시간|دقائق|دقيقة|ساعات|ساعة|دقیقه|นาที)
    """,
    re.IGNORECASE | re.VERBOSE,
)
_LITERAL_CODE = re.compile(r"(?<![\w#&.,-])(?:(\d)\1{5}|123456|654321|012345)(?![\w.,-]*\w)")


def check(source: TemplateSource, kind: TemplateType) -> list[Finding]:
    """Everything that is wrong with a template for its type, in the order of the text.

    Fields come in the order ``subject``, ``content``, ``replyTo``, ``sendFrom``.
    """
    subject, content = Field("subject", source.subject), Field("content", source.content)
    fields = [
        subject,
        content,
        Field("replyTo", source.reply_to or ""),
        Field("sendFrom", source.send_from or ""),
    ]
    if too_large := [found for field in fields for found in _too_large(field)]:
        return too_large
    is_html = source.content_type != ContentType.PLAIN
    rules: list[Iterable[Finding]] = [
        _uncompilable(source, content),
        _missing(content, kind),
        _subject_line(subject),
        _fixed_values(subject, subject.text),
        _fixed_values(content, _visible(content.text) if is_html else content.text),
    ]
    for field in fields:
        rules += [_variables(field, kind), _not_placeholders(field)]
    if is_html:
        rules += [_clipped(content), _links(content), _unusable_places(content)]
    order = {field.name: place for place, field in enumerate(fields)}
    findings = [found for rule in rules for found in islice(rule, _MOST_PER_RULE)]
    return sorted(findings, key=lambda found: (order[found.where], found.line, found.column))


def _too_large(field: Field) -> Iterator[Finding]:
    if len(field.text) > MAX_CHARACTERS:
        text = f"{len(field.text):,} characters; a template has at most {MAX_CHARACTERS:,}."
        yield field.finding(Severity.ERROR, "too-large", text)


def _clipped(content: Field) -> Iterator[Finding]:
    size = len(content.text.encode("utf-8", "replace"))
    if size > CLIPPED_AT:
        text = f"{size:,} bytes: Gmail shows the first {CLIPPED_AT:,} and hides the rest."
        yield content.finding(Severity.WARNING, "clipped", text)


def _uncompilable(source: TemplateSource, content: Field) -> Iterator[Finding]:
    try:
        compiled = compile_template(source)
    except InvalidTemplate as error:
        yield content.finding(Severity.ERROR, "cannot-compile", error.message)
        return
    literal = source.reply_to and not PLACEHOLDER.search(source.reply_to)
    if literal and compiled.render({}).reply_to is None:
        text = "This is not one address; the mail would have no Reply-To."
        yield Field("replyTo", "").finding(Severity.WARNING, "invalid-reply-to", text)


def _missing(content: Field, kind: TemplateType) -> Iterator[Finding]:
    needed = USAGES[kind].brings
    if needed not in {found[1] for found in PLACEHOLDER.finditer(content.text)}:
        text = f"There is no {{{{{needed}}}}}: whoever gets this mail cannot go on."
        yield content.finding(Severity.ERROR, f"missing-{needed}", text)


def _subject_line(subject: Field) -> Iterator[Finding]:
    if not subject.text.strip():
        yield subject.finding(Severity.WARNING, "empty-subject", "The mail has no subject.")
    if (broken := re.search(r"[\r\n]", subject.text.rstrip())) is not None:
        text = "A subject is one line; this break becomes a blank."
        yield subject.finding(Severity.WARNING, "line-break", text, broken.start())


def _variables(field: Field, kind: TemplateType) -> Iterator[Finding]:
    known = {variable.path: variable for variable in variables(kind)}
    for found in PLACEHOLDER.finditer(field.text):
        path, root = found[1], found[1].partition(".")[0]
        if not root or _BLOCK.match(found[0]):
            continue
        if path not in known:
            effect = "is always empty" if root in known else "stays in the mail as it is written"
            text = f"{{{{{path}}}}} is no variable of {kind}: it {effect}.{_guess(path, known)}"
            yield field.finding(Severity.WARNING, "unknown-variable", text, found.start())
        elif any(name.startswith(f"{path}.") for name in known):
            text = f"{{{{{path}}}}} has fields and no text of its own; name one, such as its name."
            yield field.finding(Severity.WARNING, "object-variable", text, found.start())
        elif known[root].presence is Presence.SOMETIMES:
            text = f"{{{{{path}}}}} stays in the mail as it is written when there is no {root}."
            yield field.finding(Severity.NOTE, "optional-variable", text, found.start())


def _guess(path: str, known: Iterable[str]) -> str:
    by_lower = {name.lower(): name for name in known}
    close = get_close_matches(path.lower(), by_lower, n=1)
    return f" Did you mean {{{{{by_lower[close[0]]}}}}}?" if close else ""


def _not_placeholders(field: Field) -> Iterator[Finding]:
    for found in _BRACES.finditer(field.text):
        shown = found[0] if len(found[0]) <= 60 else f"{found[0][:57]}…"
        if _BLOCK.match(found[0]):
            text = f"{shown} does nothing: a template has variables, no blocks or helpers."
            yield field.finding(Severity.ERROR, "block", text, found.start())
        elif found[0].startswith("{{{"):
            text = f"{shown} shows one pair of braces around the value; write two on each side."
            yield field.finding(Severity.WARNING, "triple-braces", text, found.start())
        elif not PLACEHOLDER.fullmatch(found[0]) or found[0].strip("{ ").startswith("."):
            text = (
                f"{shown} is no placeholder: names have letters, digits, _ and dots between them."
            )
            yield field.finding(Severity.WARNING, "not-a-placeholder", text, found.start())


def _fixed_values(field: Field, text: str) -> Iterator[Finding]:
    """``text`` is the field's text with everything blanked that nobody reads."""
    for found in _LIFETIME.finditer(text):
        message = (
            f'"{found[0]}" stays the same when the policy changes: '
            "write {{expiresInMinutes}} for the number."
        )
        yield field.finding(Severity.WARNING, "fixed-lifetime", message, found.start())
    for found in _LITERAL_CODE.finditer(text):
        message = f"{found[0]} looks like a sample code: write {{{{code}}}}."
        yield field.finding(Severity.WARNING, "literal-code", message, found.start())


def _visible(html: str) -> str:
    return _NOT_TEXT.sub(lambda found: " " * len(found[0]), html)


def _links(content: Field) -> Iterator[Finding]:
    for found in _LINK.finditer(content.text):
        link = unescape(found[1])
        shown = link if len(link) <= 60 else f"{link[:57]}…"
        if link.startswith("{{"):
            opening = PLACEHOLDER.match(content.text, found.start(1))
            if opening and not _LINK_VARIABLE.match(opening[0]):
                text = f"{shown} starts with a value that is no address: the link leads nowhere."
                yield content.finding(Severity.WARNING, "unsafe-link", text, found.start(1))
        elif not _SAFE_LINK.match(link):
            bad = Severity.ERROR if _DANGEROUS_LINK.match(link) else Severity.WARNING
            text = f"{shown} is not an https or mailto address."
            yield content.finding(bad, "unsafe-link", text, found.start(1))


def _unusable_places(content: Field) -> Iterator[Finding]:
    try:
        parts = in_context(source := split(content.text))
    except InvalidTemplate:
        return
    position = 0
    for part, written in zip(parts, source, strict=True):
        if isinstance(part, Slot) and part.encode is nothing:
            text = f"{part.placeholder.verbatim} stands where no value is safe and stays empty."
            yield content.finding(Severity.WARNING, "unusable-place", text, position)
        position += len(written if isinstance(written, str) else written.verbatim)
