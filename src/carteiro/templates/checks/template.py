"""The lint: what is wrong with a template before anybody gets it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from difflib import get_close_matches
from itertools import islice

from carteiro.errors import InvalidTemplate
from carteiro.model.kinds import TemplateType, WayOn, way_on
from carteiro.model.message import ContentType, TemplateSource
from carteiro.templates.checks.findings import Field, Finding, Severity
from carteiro.templates.checks.links import check_links
from carteiro.templates.compiled import CompiledTemplate, compile_template
from carteiro.templates.contexts import in_context
from carteiro.templates.envelope import misread_sender
from carteiro.templates.kinds import LINKED, Presence, variables
from carteiro.templates.markup import visible_spans
from carteiro.templates.placeholders import MAX_CHARACTERS, PLACEHOLDER, Slot, split
from carteiro.templates.urls import nothing

__all__ = ["Finding", "Severity", "check", "unusable"]

CLIPPED_AT = 102 * 1024
"""Bytes of HTML after which Gmail hides the rest of a mail."""
_MOST_PER_RULE = 100
"""Enough to mend; a broken template of half a megabyte must not be answered with as much."""

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
    if too_large := [found for field in fields for found in _too_large(field)]:
        return too_large
    is_html = source.content_type != ContentType.PLAIN
    try:
        compiled = compile_template(source)
        visible = _visible(content.text) if is_html else content.text
    except InvalidTemplate as error:
        return [content.finding(Severity.ERROR, "cannot-compile", error.message)]
    rules: list[Iterable[Finding]] = [
        _reply_to(source, compiled),
        _missing(content, kind, compiled),
        _subject_line(subject),
        _fixed_values(subject, subject.text),
        _fixed_values(content, visible),
    ]
    for field in fields:
        rules += [_variables(field, kind), _not_placeholders(field)]
    if is_html:
        rules += [_clipped(content), check_links(content), _unusable_places(content)]
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


def unusable(source: TemplateSource, kind: TemplateType) -> list[Finding]:
    """What nobody could go on with: not to be compiled, or without its code or link to be seen."""
    content = Field("content", source.content)
    if too_large := list(_too_large(content)):
        return too_large
    try:
        return list(_missing(content, kind, compile_template(source)))
    except InvalidTemplate as error:
        return [content.finding(Severity.ERROR, "cannot-compile", error.message)]


def _reply_to(source: TemplateSource, compiled: CompiledTemplate) -> Iterator[Finding]:
    literal = source.reply_to and not PLACEHOLDER.search(source.reply_to)
    if literal and compiled.render({}).reply_to is None:
        text = "This is not one address; the mail would have no Reply-To."
        yield Field("replyTo", "").finding(Severity.WARNING, "invalid-reply-to", text)
    if misread_sender(source.send_from or ""):
        text = "There is an @ and no address that can be read; all of it would be the name."
        yield Field("sendFrom", "").finding(Severity.WARNING, "invalid-send-from", text)


def _missing(content: Field, kind: TemplateType, compiled: CompiledTemplate) -> Iterator[Finding]:
    needed = way_on(kind)
    if needed is None:
        yield from _not_for_notices(content, compiled)
        return
    if needed in compiled.shows or (kind in LINKED and WayOn.LINK in compiled.shows):
        return
    hidden = [found for found in PLACEHOLDER.finditer(content.text) if found[1] == needed]
    if hidden:
        text = (
            f"{{{{{needed}}}}} is not seen here: it is hidden, or in a comment or an attribute, "
            "or one part of the mail lacks it. Whoever gets this mail cannot go on."
        )
        yield content.finding(Severity.ERROR, f"missing-{needed}", text, hidden[0].start())
    else:
        text = f"There is no {{{{{needed}}}}}: whoever gets this mail cannot go on."
        yield content.finding(Severity.ERROR, f"missing-{needed}", text)


def _not_for_notices(content: Field, compiled: CompiledTemplate) -> Iterator[Finding]:
    for way in sorted(compiled.shows):
        found = next((one for one in PLACEHOLDER.finditer(content.text) if one[1] == way), None)
        text = f"A notice has no {{{{{way}}}}}: it only tells, and nobody goes on from it."
        yield content.finding(
            Severity.ERROR, f"needless-{way}", text, found.start() if found else 0
        )


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
    """The text with everything blanked that is no text between tags."""
    written, end = list[str](), 0
    for start, stop in visible_spans(html):
        written += " " * (start - end), html[start:stop]
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
