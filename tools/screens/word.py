"""A mail as Outlook for Windows is known to read it, for a browser to draw.

An estimate, as Word itself runs nowhere here: by the same data and rules that the lint has. What
Outlook cannot show is taken away, and what is written for it alone is put in.
"""

from __future__ import annotations

import re

from selectolax.lexbor import LexborHTMLParser

from carteiro.templates.checks.clients.support import OUTLOOK, loss
from carteiro.templates.text_part.visibility import declarations

_FOR_OUTLOOK = re.compile(r"<!--\[if mso\]>(.*?)<!\[endif\]-->", re.DOTALL)
_FOR_OTHERS = re.compile(r"<!--\[if !mso\]><!-->.*?<!--<!\[endif\]-->", re.DOTALL)
_CELLS = frozenset(("td", "th"))
_UNSIZED = frozenset(("div", "p", "span", "body", "img"))


def as_word(html: str) -> str:
    """The HTML without what Outlook for Windows passes over."""
    html = _FOR_OTHERS.sub("", _FOR_OUTLOOK.sub(r"\1", html))
    tree = LexborHTMLParser(html)
    for sheet in tree.css("style"):
        sheet.decompose()
    for node in tree.css("[style]"):
        style = declarations(node.attributes["style"] or "")
        kept = {name: value for name, value in style.items() if _reads(str(node.tag), name, value)}
        if "mso-padding-alt" in style:
            kept["padding"] = style["mso-padding-alt"]
        node.attrs["style"] = "; ".join(f"{name}: {value}" for name, value in kept.items())
    return tree.html or ""


def _reads(element: str, name: str, value: str) -> bool:
    if name.startswith("padding"):
        return element in _CELLS
    if name == "max-width":
        return element == "table"
    if name in {"width", "height"}:
        return element not in _UNSIZED
    if name == "display":
        return value == "none"
    unable = loss(name)
    return unable is None or OUTLOOK not in unable.clients
