"""Links that say one domain and lead to another, as those of fraud do."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from urllib.parse import urlsplit

from carteiro.templates.checks.document import Document
from carteiro.templates.checks.findings import Finding, Severity
from carteiro.templates.placeholders import PLACEHOLDER

_LONGEST = 2_000
_END = re.compile(r"</a\s*>|<a\s", re.IGNORECASE)
_MARKUP = re.compile(r"<[^<>]*>")
_DOMAIN = re.compile(
    r"(?<![@\w.-])(?:https?://)?((?:[^\W_](?:[\w-]{0,61}[^\W_])?\.)+[^\W\d_]{2,24})(?![\w@.-]*\w)",
    re.IGNORECASE,
)
_ENDINGS = frozenset(
    ("com", "org", "net", "io", "app", "dev", "info", "biz", "eu", "gov", "edu", "co", "test")
)
_SHORT = 2
"""Letters of a country's domain."""


def check_link_texts(document: Document) -> Iterator[Finding]:
    """A finding for each link whose text shows a domain that the address is not of."""
    for tag in document.tags:
        address = tag.get("href") if tag.name == "a" else None
        if address is None or tag.conditional:
            continue
        target = document.content.text[address.start : address.start + len(address.value)]
        start = document.html.find(">", tag.end) + 1
        end = _END.search(document.html, start, start + _LONGEST)
        shown = document.content.text[start : end.start() if end else start + _LONGEST]
        fault = _fault(unescape(target).strip(), unescape(_MARKUP.sub(" ", shown)).strip())
        if fault is not None:
            yield document.content.finding(
                Severity.WARNING,
                "misleading-link",
                fault,
                tag.start,
                advice="Let the text say what the link is for, or show where it leads.",
            )


def _fault(target: str, shown: str) -> str | None:
    placeholder, said = PLACEHOLDER.match(target), PLACEHOLDER.fullmatch(shown)
    if said is not None and said[1] == "link":
        same = placeholder is not None and placeholder[1] == "link"
        return None if same else "The text shows {{link}}, and the link leads elsewhere."
    found = next((one[1] for one in _DOMAIN.finditer(shown) if _is_domain(one)), None)
    if found is None:
        return None
    if placeholder is not None:
        return f"The text shows {found}, and where the link leads is not known before it is sent."
    if target.lower().startswith("mailto:"):
        return None
    host = _host(target)
    if host is None or _same(host, found.lower()):
        return None
    return f"The text shows {found}, and the link leads to {host}."


def _is_domain(found: re.Match[str]) -> bool:
    ending = found[1].rpartition(".")[2].lower()
    return found[0].lower().startswith("http") or ending in _ENDINGS or len(ending) == _SHORT


def _host(address: str) -> str | None:
    try:
        return urlsplit(address).hostname
    except ValueError:
        return None


def _same(host: str, shown: str) -> bool:
    host, shown = host.removeprefix("www."), shown.removeprefix("www.")
    return host == shown or host.endswith(f".{shown}")
