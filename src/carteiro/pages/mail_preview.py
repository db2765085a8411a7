"""A mail that nobody was sent as a folder of files: one page shows it as mail programs would.

The mail stands in frames without scripts. Which of its two looks a frame shows is decided by the
mail's own media queries, written out for the one or the other, and not by the reader's system.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import StrEnum

from carteiro.delivery.previews import Preview
from carteiro.pages.rendering import PAGES

PAGE = "index.html"
WIDTHS = (320, 600, 800)
"""CSS pixels: a phone, the usual width of a mail, a wide window."""
_SCHEME = re.compile(r"\(\s*prefers-color-scheme\s*:\s*(dark|light)\s*\)", re.IGNORECASE)
_HOLDS, _NEVER = "(min-width: 0)", "(max-width: 0)"
_DOCTYPE = re.compile(r"\A\s*<!doctype[^>]*>", re.IGNORECASE)
_HAS_DARK = re.compile(r"color-scheme[^;}>]*dark", re.IGNORECASE)
_HEAD = (
    '<meta charset="utf-8">'
    '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; img-src https: '
    "data:; font-src https:; style-src 'unsafe-inline' https:\">"
)


class Look(StrEnum):
    """What the reader's system prefers."""

    LIGHT = "light"
    DARK = "dark"


def files_of(shown: Preview) -> Mapping[str, bytes]:
    """The page, the mail in both looks, its source and its text, by their names."""
    content = shown.content
    html = content.html if content else None
    page = PAGES.get_template("preview.html").render(
        mail=shown,
        content=content,
        gaps=shown.missing,
        looks=list(Look) if html is not None else [],
        widths=WIDTHS,
    )
    files = {PAGE: page.encode("utf-8", "replace")}
    if html is not None:
        files |= {f"{look}.html": _in(html, look).encode("utf-8", "replace") for look in Look}
    if content is not None:
        files["text.txt"] = content.text.encode("utf-8", "replace")
    if shown.eml is not None:
        files["mail.eml"] = shown.eml
    return files


def _in(html: str, look: Look) -> str:
    """The mail as a document of one look, which may run nothing."""
    scheme = ""
    if _HAS_DARK.search(html):
        scheme = f"<style>:root {{ color-scheme: {look} !important }}</style>"
    html = _SCHEME.sub(lambda found: _HOLDS if found[1].lower() == look else _NEVER, html)
    # Before all that the mail says: a head that it names may stand in a comment, or after a script.
    doctype = _DOCTYPE.match(html)
    start = doctype.end() if doctype else 0
    return f"{html[:start]}{_HEAD}{scheme}{html[start:]}"
