"""The lint: what is wrong with a template before anybody gets it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from difflib import get_close_matches
from itertools import islice

from carteiro.errors import InvalidTemplate
from carteiro.model.kinds import TemplateType, WayOn
from carteiro.model.message import ContentType, TemplateSource
from carteiro.templates.checks.clients.contrast import check_contrast
from carteiro.templates.checks.clients.features import check_features
from carteiro.templates.checks.clients.layout import check_layout
from carteiro.templates.checks.clients.support import clients
from carteiro.templates.checks.document import Document
from carteiro.templates.checks.findings import Field, Finding, Severity
from carteiro.templates.checks.images import check_images
from carteiro.templates.checks.link_texts import check_link_texts
from carteiro.templates.checks.links import check_links
from carteiro.templates.checks.reading import check_reading
from carteiro.templates.checks.subject import check_subject
from carteiro.templates.checks.usable import link_alone, missing, too_large
from carteiro.templates.compiled import CompiledTemplate, compile_template
from carteiro.templates.contexts import in_context
from carteiro.templates.envelope import misread_sender
from carteiro.templates.kinds import LINKED, Presence, sample_context, variables
from carteiro.templates.markup import visible_spans
from carteiro.templates.placeholders import PLACEHOLDER, Slot, split
from carteiro.templates.urls import nothing

__all__ = ["Finding", "Severity", "check"]

CLIPPED_AT = 102 * 1024
"""Bytes of HTML after which Gmail hides the rest of a mail."""
_MOST_PER_RULE = 100
"""Enough to mend; a broken template of half a megabyte must not be answered with as much."""

_CLIENT_RULES: tuple[Callable[[Document], Iterator[Finding]], ...] = (
    check_features,
    check_layout,
    check_contrast,
    check_images,
    check_link_texts,
    check_reading,
)
_TOO_LONG = (
    "The mail has more styles or elements than a mail can have: what clients make of it was not "
    "looked at."
)
_BRACES = re.compile(r"\{\{\{[^{}]*\}\}\}|\{\{[^{}]*\}\}")
_BLOCK = re.compile(r"\{\{\s*(?:[#/^>!&*]|else\s*\}|this\b|@)")
_LIFETIME = re.compile(
    r"""\b\d{1,4}[\s\xa0-]*(?:
        (?:min|mins|minutes?|hours?|hrs?|minutos?|horas?|heures?|minuti|ore|ora
        |minuten|minute|stunden?|minut[ay]?|godzin\w*|dakika|saat|минут\w*|час\w*|хвилин\w*)\b
        |分(?:間|钟|鐘)?|小时|小時|時間|분|시간|دقائق|دقيقة|ساعات|ساعة|دقیقه|นาที)
    """,
    re.IGNORECASE | re.VERBOSE,
)
_NEW_LINE = re.compile(r"</?(?:br|p|div|h[1-6]|li|t[dhr]|table)[\s/>]", re.IGNORECASE)
_LITERAL_CODE = re.compile(r"(?<![\w#&.,-])(?:(\d)\1{5}|123456|654321|012345)(?![\w.,-]*\w)")


def check(source: TemplateSource, kind: TemplateType) -> list[Finding]:
    """Everything that is wrong with a template for its type, in the order of the text.

    Fields come in the order ``subject``, ``content``, ``replyTo``, ``sendFrom``.

    >>> from carteiro import TemplateSource, TemplateType, check_template
    >>> source = TemplateSource(subject="Sign in", content="<p>Your code: {{cod}}</p>")
    >>> for finding in check_template(source, TemplateType.SIGN_IN):
    ...     print(finding.code, f"{finding.where}:{finding.line}:{finding.column}")
    missing-code content:1:1
    unknown-variable content:1:15
    """
    subject, content = Field("subject", source.subject), Field("content", source.content)
    fields = [
        subject,
        content,
        Field("replyTo", source.reply_to or ""),
        Field("sendFrom", source.send_from or ""),
    ]
    if large := [found for field in fields for found in too_large(field)]:
        return large
    is_html = source.content_type != ContentType.PLAIN
    try:
        compiled = compile_template(source)
        document = Document(content) if is_html else None
        visible = _visible(content.text) if is_html else content.text
    except InvalidTemplate as error:
        return [content.finding(Severity.ERROR, "cannot-compile", error.message)]
    rules: list[Iterable[Finding]] = [
        _reply_to(source, compiled),
        missing(content, kind, compiled),
        link_alone(content, kind, compiled),
        check_subject(subject),
        _fixed_values(subject, subject.text),
        _fixed_values(content, visible),
    ]
    for field in fields:
        rules += [_variables(field, kind), _not_placeholders(field)]
    if document is not None:
        rules += [check_links(content), _unusable_places(content), *_clients(document)]
        rules.append(_clipped(content, kind, compiled))
    order = {field.name: place for place, field in enumerate(fields)}
    findings = [found for rule in rules for found in islice(rule, _MOST_PER_RULE)]
    return sorted(findings, key=lambda found: (order[found.where], found.line, found.column))


def _reply_to(source: TemplateSource, compiled: CompiledTemplate) -> Iterator[Finding]:
    literal = source.reply_to and not PLACEHOLDER.search(source.reply_to)
    if literal and compiled.render({}).reply_to is None:
        text = "This is not one address; the mail would have no Reply-To."
        yield Field("replyTo", "").finding(Severity.WARNING, "invalid-reply-to", text)
    if misread_sender(source.send_from or ""):
        text = "There is an @ and no address that can be read; all of it would be the name."
        yield Field("sendFrom", "").finding(Severity.WARNING, "invalid-send-from", text)


def _variables(field: Field, kind: TemplateType) -> Iterator[Finding]:
    known = {variable.path: variable for variable in variables(kind)}
    ways = {WayOn.LINK} if kind in LINKED else set()
    for found in PLACEHOLDER.finditer(field.text):
        path, root = found[1], found[1].partition(".")[0]
        if not root or path in ways or _BLOCK.match(found[0]):
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


def _clients(document: Document) -> Iterator[Iterable[Finding]]:
    """The rules on what becomes of the mail where it is read."""
    if not document.is_readable:
        yield [document.content.finding(Severity.NOTE, "too-long-to-lint", _TOO_LONG)]
        return
    for rule in _CLIENT_RULES:
        yield rule(document)


def _clipped(content: Field, kind: TemplateType, compiled: CompiledTemplate) -> Iterator[Finding]:
    """Of what is sent: styles are in each element then, and values in their places."""
    try:
        sent = compiled.render(sample_context(kind)).html or ""
    except InvalidTemplate as error:
        yield content.finding(Severity.ERROR, "cannot-compile", error.message)
        return
    size = len(sent.encode("utf-8", "replace"))
    if size > CLIPPED_AT:
        text = f"{size:,} bytes are sent: Gmail shows {CLIPPED_AT:,} and hides the rest."
        yield content.finding(
            Severity.WARNING,
            "clipped",
            text,
            clients=(gmail := tuple(name for name in clients() if "Gmail" in name)),
            share=round(len(gmail) / len(clients()), 2),
            advice="Say less, or name styles once: each rule is written into its elements.",
        )


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
    """The text with everything blanked that is no text between tags; a new line parts words."""
    written, end = list[str](), 0
    for start, stop in visible_spans(html):
        blank = "\0" if _NEW_LINE.search(html, end, start) else " "
        written += blank * (start - end), html[start:stop]
        end = stop
    return "".join((*written, " " * (len(html) - end)))


def _unusable_places(content: Field) -> Iterator[Finding]:
    parts = in_context(source := split(content.text))
    position = 0
    for part, written in zip(parts, source, strict=True):
        if isinstance(part, Slot) and part.encode is nothing:
            text = f"{part.placeholder.verbatim} stands where no value is safe and stays empty."
            yield content.finding(Severity.WARNING, "unusable-place", text, position)
        position += len(written if isinstance(written, str) else written.verbatim)
