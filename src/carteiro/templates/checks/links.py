"""Where a template's addresses lead: one finding for each that a mail should not have."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape

from carteiro.templates.checks.findings import Field, Finding, Severity
from carteiro.templates.contexts import is_address, may_be_address
from carteiro.templates.html_reader import GAP
from carteiro.templates.markup import Attribute, Tag, read_tags
from carteiro.templates.placeholders import PLACEHOLDER

_SAFE = re.compile(r"https://|mailto:|cid:|#|\Z", re.IGNORECASE)
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*:|//", re.IGNORECASE)
_DANGEROUS = re.compile(r"(?:javascript|vbscript|data|file|blob):", re.IGNORECASE)
_IGNORED = re.compile(r"[\t\n\r]|\A[\x00-\x20]+")
"""What browsers leave out before they read a scheme (URL standard §4.4)."""
_LINK_VARIABLE = re.compile(
    r"\{\{\s*(?:link|[\w.]*(?:[uU]rl|favicon|[fF]avicon|avatar|website|Logo|profile))\s*\}\}"
)
_CANDIDATE = re.compile(r"([^\s,]\S*?)(?=,?(?:\s|\Z))[^,]*,?")
_WORD = re.compile(r"\S+")
_PART = re.compile(r"[^;]+")
_CSS_URL = re.compile(r"url\(\s*[\"']?([^\"')]*)|@import\s+[\"']([^\"']*)", re.IGNORECASE)
_REFRESH = re.compile(r"\A\s*[\d.]+[;,\s]*(?:url\s*=\s*)?[\"']?(.*)", re.IGNORECASE | re.DOTALL)
_SHEET = re.compile(r"[^>]*>(.*?)(?:</style|\Z)", re.IGNORECASE | re.DOTALL)


def check_links(content: Field) -> Iterator[Finding]:
    """Findings of an HTML template; comments are passed over, but for those that Outlook reads."""
    html = PLACEHOLDER.sub(lambda found: GAP * len(found[0]), content.text)
    for tag in read_tags(html):
        for attribute in tag.attributes:
            if attribute.name == "srcdoc":
                yield from _embedded(content, attribute)
            for start, end in _addresses(tag, attribute):
                yield from _fault(content, attribute.start + start, attribute.start + end)
        if tag.name == "style":
            sheet = _SHEET.match(html, tag.end)
            assert sheet is not None
            for start, end in _css_addresses(sheet[1]):
                yield from _fault(content, sheet.start(1) + start, sheet.start(1) + end)


def _embedded(content: Field, attribute: Attribute) -> Iterator[Finding]:
    start = attribute.start
    text = "No mail program shows a document within the mail."
    yield content.finding(Severity.WARNING, "embedded-document", text, start)
    written = content.text[start : start + len(attribute.value)]
    for found in check_links(Field(content.name, unescape(written))):
        yield content.finding(found.severity, found.code, found.message, start)


def _addresses(tag: Tag, attribute: Attribute) -> Iterator[tuple[int, int]]:
    """Where in the attribute's value addresses stand."""
    name, value = attribute.name, attribute.value
    if name == "style":
        yield from _css_addresses(value)
    elif name in {"srcset", "imagesrcset"}:
        yield from (found.span(1) for found in _CANDIDATE.finditer(value))
    elif name in {"ping", "archive"}:
        yield from (found.span() for found in _WORD.finditer(value))
    elif is_address(name):
        yield 0, len(value)
    elif may_be_address(tag.name, name):
        parts = (found.span() for found in _PART.finditer(value))
        yield from (span for span in parts if ":" in unescape(value[slice(*span)]))
    elif (tag.name, name) == ("meta", "content") and _is_refresh(tag):
        yield from (found.span(1) for found in _REFRESH.finditer(value))


def _is_refresh(tag: Tag) -> bool:
    kind = tag.get("http-equiv")
    return kind is not None and unescape(kind.value).strip().lower() == "refresh"


def _css_addresses(css: str) -> Iterator[tuple[int, int]]:
    for found in _CSS_URL.finditer(css):
        yield found.span(1 if found[1] is not None else 2)


def _fault(content: Field, start: int, end: int) -> Iterator[Finding]:
    written = content.text[start:end]
    start += len(written) - len(written.lstrip())
    link = _IGNORED.sub("", unescape(written).strip())
    shown = link if len(link) <= 60 else f"{link[:57]}…"
    if opening := PLACEHOLDER.match(link):
        if not _LINK_VARIABLE.match(opening[0]):
            text = f"{shown} starts with a value that is no address: the link leads nowhere."
            yield content.finding(Severity.WARNING, "unsafe-link", text, start)
    elif not _SAFE.match(link):
        bad = Severity.ERROR if _DANGEROUS.match(link) else Severity.WARNING
        text = f"{shown} is not an https or mailto address."
        if not _SCHEME.match(link):
            text = f"{shown} is relative, and a mail has no page that it could be relative to."
        yield content.finding(bad, "unsafe-link", text, start)
