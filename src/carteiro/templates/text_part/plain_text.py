"""The plain-text part of a mail, read from its HTML when the template is compiled.

What a person would copy out of the mail: paragraphs with a blank line between them, links with
their address, lists with their bullets and numbers. No styles, no scripts, nothing hidden.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from html import unescape

from selectolax.lexbor import LexborHTMLParser, LexborNode

from carteiro.templates.placeholders import Part, Placeholder, Slot
from carteiro.templates.text_part.writer import TextWriter
from carteiro.templates.tokens import Tokens


@dataclass(frozen=True, slots=True, kw_only=True)
class PlainText:
    """The text with its placeholders, and which of them are seen in the HTML as well.

    A placeholder is seen where its value stands between tags, or is the address of a link that has
    something to click on.
    """

    parts: list[Part | Slot] = field(repr=False)
    seen: frozenset[Placeholder]


def plain_text_of(tokens: Tokens, html: str) -> PlainText:
    """The text of an HTML template; ``html`` has ``tokens`` in place of the placeholders."""
    if not tokens.has_markup:
        parts = tokens.restore(unescape(html).strip())
        return PlainText(parts=parts, seen=tokens.placeholders_in(html))
    writer = TextWriter(tokens)
    _walk(_first(LexborHTMLParser(html).root), writer)
    seen = frozenset[Placeholder]().union(*map(tokens.placeholders_in, writer.seen))
    return PlainText(parts=tokens.restore(writer.text()), seen=seen)


def _first(root: LexborNode | None) -> LexborNode | None:
    """What stands before ``<html>``: for a parser, comments; here, placeholders too."""
    while root is not None and root.prev is not None:
        root = root.prev
    return root


def _walk(root: LexborNode | None, writer: TextWriter) -> None:
    """Every node in order, not recursive: how deep a template nests is its author's choice."""
    node, depth = root, 0
    while node is not None:
        entered = writer.enter(node)
        child = node.first_child if entered else None
        if child is not None:
            node, depth = child, depth + 1
            continue
        if entered:
            writer.leave()
        while node.next is None:
            if depth == 0 or node.parent is None:
                return
            node, depth = node.parent, depth - 1
            writer.leave()
        node = node.next
