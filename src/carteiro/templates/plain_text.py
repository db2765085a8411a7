"""The plain-text part of an HTML mail, derived when the template is compiled."""

from __future__ import annotations

import re

from selectolax.lexbor import LexborHTMLParser, LexborNode

_SKIPPED = frozenset({"head", "style", "script", "title", "template", "noscript", "object", "svg"})
_BLOCKS = frozenset(
    {
        "address", "article", "aside", "blockquote", "center", "div", "dl", "fieldset", "figure",
        "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "main", "nav", "ol",
        "p", "pre", "section", "table", "ul",
    }
)  # fmt: skip
_LINES = frozenset({"tr", "li", "dt", "dd", "caption"})
_BLANK = re.compile(r"[ \t\r\n\f]+")
_SPACES = re.compile(r" {2,}")
_SPACES = re.compile(r" {2,}")
_MANY_LINES = re.compile(r"\n{3,}")
_HIDDEN = re.compile(r"display\s*:\s*none|mso-hide\s*:\s*all", re.IGNORECASE)
_PARAGRAPH, _LINE = "\n\n", "\n"


def plain_text(html: str) -> str:
    """Read HTML as text: paragraphs apart, ``label (address)`` for links, ``- `` before items.

    What is not shown (styles, scripts, hidden texts) is left out; an image is its ``alt`` text.
    """
    body = LexborHTMLParser(html).body
    if body is None:
        return ""
    pieces: list[str] = []
    _walk(body, pieces)
    lines = (_tidy(line) for line in "".join(pieces).split("\n"))
    return _MANY_LINES.sub(_PARAGRAPH, "\n".join(lines)).strip()


def _tidy(line: str) -> str:
    return _SPACES.sub(" ", line).strip()


def _walk(node: LexborNode, pieces: list[str]) -> None:
    # A stack of its own: a hostile template may nest deeper than Python recurses.
    stack: list[LexborNode | str] = [node]
    while stack:
        item = stack.pop()
        if isinstance(item, str):
            pieces.append(item)
            continue
        tag = item.tag or ""
        if tag == "-text":
            pieces.append(_BLANK.sub(" ", item.text(deep=False)))
        elif tag == "br":
            pieces.append(_LINE)
        elif tag == "img":
            pieces.append(item.attributes.get("alt") or "")
        elif tag not in _SKIPPED and not _is_hidden(item):
            before, after = _around(item, tag)
            pieces.append(before)
            stack.append(after)
            stack.extend(reversed(list(item.iter(include_text=True))))


def _around(node: LexborNode, tag: str) -> tuple[str, str]:
    """What stands before and after an element's own text."""
    if tag == "a":
        target = (node.attributes.get("href") or "").strip()
        address = target.removeprefix("mailto:")
        label = _BLANK.sub(" ", node.text()).strip()
        shown = f" ({address})" if address and not address.startswith("#") else ""
        return "", "" if label == address else shown
    if tag == "li":
        return f"{_LINE}- ", ""
    if tag in {"td", "th"}:
        return "", " "
    edge = _PARAGRAPH if tag in _BLOCKS else _LINE if tag in _LINES else ""
    return edge, edge


def _is_hidden(node: LexborNode) -> bool:
    attributes = node.attributes
    return "hidden" in attributes or bool(_HIDDEN.search(attributes.get("style") or ""))
