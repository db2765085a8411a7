"""What Outlook for Windows does with boxes: Word lays the mail out, and Word knows tables."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from carteiro.templates.checks.clients.support import OUTLOOK, loss
from carteiro.templates.checks.document import Document
from carteiro.templates.checks.findings import Finding, Severity
from carteiro.templates.markup import Tag
from carteiro.templates.text_part.visibility import declarations, hides

_SIDE = re.compile(r"padding(?:-(?:top|right|bottom|left))?\Z")
_SOME = re.compile(r"(?<![\d.])0*\.?0*[1-9]")
_NEGATIVE = re.compile(r"(?<![\w.])-\d*\.?\d*[1-9]")
_CELLS = frozenset(("td", "th"))
_UNSIZED = frozenset(("div", "p", "span", "body"))
"""Whose ``width`` Word passes over; that of a picture too, but it has an attribute."""
_RULES = {
    "padding": "Put it into a table cell; around a button that has its own, as `mso-padding-alt`.",
    "max-width": "Stand it in a table with a `width`, for Outlook in `<!--[if mso]>`.",
    "width": "Set it at a table or a cell.",
    "margin": "Use the padding of a cell.",
    "image": "Give it a `width` attribute; Outlook shows it as large as its file is.",
    "centred": 'Centre the table with `align="center"`.',
}


def check_layout(document: Document) -> Iterator[Finding]:
    """A finding for each rule, at the first element that breaks it."""
    if document.inlined is None:
        return
    styles = document.inlined.styles()
    framed = any(tag.conditional and tag.get("width") is not None for tag in document.tags)
    broken = dict[str, list[Tag]]()
    padded = False
    for at, tag in enumerate(document.inlined.tags):
        style = declarations(styles.get(at, ""))
        if tag.name in _CELLS:
            padded = "mso-padding-alt" in style
        if not document.outlook_reads(tag.start) or hides({}, style):
            continue
        for rule in _broken(tag, style, framed=framed, padded=padded):
            broken.setdefault(rule, []).append(tag)
    for rule, tags in broken.items():
        yield _finding(document, rule, tags)


def _finding(document: Document, rule: str, tags: list[Tag]) -> Finding:
    # The source says «in part» of them: which part, its notes say, and the rules here.
    known = loss({"image": "width", "centred": "margin"}.get(rule, rule), in_part=True)
    more = f" (and {len(tags) - 1} more)" if len(tags) > 1 else ""
    return document.content.finding(
        Severity.NOTE if rule in {"width", "max-width", "centred"} else Severity.WARNING,
        f"outlook-{rule}",
        f"`<{tags[0].name}>`{more}: {OUTLOOK} passes over {_what(rule)} here.",
        tags[0].start,
        clients=(OUTLOOK,),
        share=round(1 / known.of, 2) if known else None,
        advice=_RULES[rule],
    )


def _what(rule: str) -> str:
    return {
        "image": "the width in the style",
        "centred": "`margin: auto`",
        "margin": "a negative margin",
    }.get(rule, f"`{rule}`")


def _broken(tag: Tag, style: Mapping[str, str], *, framed: bool, padded: bool) -> Iterator[str]:
    """``framed``: a table for Outlook holds the mail; ``padded``: its cell says Outlook's own."""
    sides = [value for name, value in style.items() if _SIDE.match(name)]
    if tag.name not in _CELLS and not padded and any(_SOME.search(value) for value in sides):
        yield "padding"
    if "max-width" in style and not framed and tag.name not in {"table", "img", *_CELLS}:
        yield "max-width"
    width = style.get("width", "auto")
    if tag.name == "img":
        if tag.get("width") is None and (width != "auto" or "max-width" in style):
            yield "image"
    elif tag.name in _UNSIZED and width not in {"auto", "100%"}:
        yield "width"
    margins = [value for name, value in style.items() if name.startswith("margin")]
    if any(_NEGATIVE.search(value) for value in margins):
        yield "margin"
    if any("auto" in value for value in margins) and tag.get("align") is None and not framed:
        yield "centred"
