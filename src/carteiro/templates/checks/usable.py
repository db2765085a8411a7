"""Whether anybody can go on with a mail: asked of each template that is stored."""

from __future__ import annotations

from collections.abc import Iterator

from carteiro.errors import InvalidTemplate
from carteiro.model.kinds import TemplateType, WayOn, way_on
from carteiro.model.message import TemplateSource
from carteiro.templates.checks.findings import Field, Finding, Severity
from carteiro.templates.compiled import CompiledTemplate, compile_template
from carteiro.templates.kinds import LINKED
from carteiro.templates.placeholders import MAX_CHARACTERS, PLACEHOLDER


def unusable(source: TemplateSource, kind: TemplateType) -> list[Finding]:
    """What nobody could go on with: not to be compiled, or without its code or link to be seen."""
    content = Field("content", source.content)
    if large := list(too_large(content)):
        return large
    try:
        return list(missing(content, kind, compile_template(source)))
    except InvalidTemplate as error:
        return [content.finding(Severity.ERROR, "cannot-compile", error.message)]


def too_large(field: Field) -> Iterator[Finding]:
    """A finding for a field that is not read at all."""
    if len(field.text) > MAX_CHARACTERS:
        text = f"{len(field.text):,} characters; a template has at most {MAX_CHARACTERS:,}."
        yield field.finding(Severity.ERROR, "too-large", text)


def missing(content: Field, kind: TemplateType, compiled: CompiledTemplate) -> Iterator[Finding]:
    """What somebody needs to go on, where it is not seen; in a notice, what has no place there."""
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


def link_alone(content: Field, kind: TemplateType, compiled: CompiledTemplate) -> Iterator[Finding]:
    """A link without a code beside it, where mails of the type can bring either."""
    if kind not in LINKED or WayOn.LINK not in compiled.shows or WayOn.CODE in compiled.shows:
        return
    text = (
        "Here is a {{link}}, and no {{code}} is seen: a mail of this type that brings a code "
        "cannot be sent, and whoever cannot open the link has no other way."
    )
    found = next((one for one in PLACEHOLDER.finditer(content.text) if one[1] == WayOn.LINK), None)
    position = found.start() if found else 0
    yield content.finding(Severity.WARNING, "link-without-code", text, position)


def _not_for_notices(content: Field, compiled: CompiledTemplate) -> Iterator[Finding]:
    for way in sorted(compiled.shows):
        found = next((one for one in PLACEHOLDER.finditer(content.text) if one[1] == way), None)
        text = f"A notice has no {{{{{way}}}}}: it only tells, and nobody goes on from it."
        yield content.finding(
            Severity.ERROR, f"needless-{way}", text, found.start() if found else 0
        )
