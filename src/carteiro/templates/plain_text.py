"""The plain-text part of a mail, read from its HTML when the template is compiled.

What a person would copy out of the mail: paragraphs with a blank line between them, links with
their address, lists with their bullets. No styles, no scripts, nothing hidden.
"""

from __future__ import annotations

import re
from html import unescape

from selectolax.lexbor import LexborHTMLParser, LexborNode

from carteiro.templates.placeholders import Part
from carteiro.templates.tokens import Tokens

_SKIPPED = frozenset(
    (
        *("head", "style", "script", "title", "template", "noembed", "object", "audio", "video"),
        *("svg", "math", "iframe", "canvas", "select", "textarea", "input", "map"),
    )
)
_PARAGRAPHS = frozenset(
    (
        *("address", "article", "aside", "blockquote", "body", "center", "dl", "fieldset"),
        *("figure", "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "main"),
        *("nav", "ol", "p", "pre", "section", "table", "ul", "div"),
    )
)
_LINES = frozenset(("caption", "dd", "dt", "figcaption", "li", "tr", "tbody", "thead", "tfoot"))
_HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
_WHITE_SPACE = re.compile(r"[ \t\n\f\r\xa0]+")
_INVISIBLE = re.compile("[\xad\u034f\u200b\u2060\ufeff]")
_SHOWN_SCHEME = re.compile(r"(?:https?://|mailto:|tel:)", re.IGNORECASE)
_UNSAFE_SCHEME = re.compile(r"\s*(?!https?:|mailto:|tel:|sms:)[a-z][a-z0-9+.-]*:", re.IGNORECASE)


def plain_text_of(tokens: Tokens) -> list[Part]:
    """The text of an HTML template, its placeholders in place."""
    if not tokens.has_markup:
        return tokens.restore(unescape(tokens.html).strip())
    writer = _Writer(tokens)
    _walk(LexborHTMLParser(tokens.html).root, writer)
    return tokens.restore(writer.text())


def _walk(root: LexborNode | None, writer: _Writer) -> None:
    """Every node in order, not recursive: how deep a template nests is its author's choice."""
    node, depth = root, 0
    while node is not None:
        child = node.first_child if writer.enter(node) else None
        if child is not None:
            node, depth = child, depth + 1
            continue
        writer.leave(node)
        while node.next is None:
            if depth == 0 or node.parent is None:
                return
            node, depth = node.parent, depth - 1
            writer.leave(node)
        node = node.next


class _Writer:
    """Collects words; breaks and spaces wait until the next word says that they are needed."""

    def __init__(self, tokens: Tokens) -> None:
        self._tokens = tokens
        self._pieces: list[str] = []
        self._breaks = 0
        self._space = False
        self._preformatted = 0
        self._lists: list[int | None] = []
        self._links: list[int] = []

    def text(self) -> str:
        """Everything so far, lines without blanks at their ends."""
        return "\n".join(line.rstrip() for line in "".join(self._pieces).split("\n")).strip()

    def enter(self, node: LexborNode) -> bool:
        """Begin a node; whether its children are to be read."""
        if node.is_text_node:
            self._words(node.text_content or "")
            return False
        if node.is_comment_node:
            content = node.comment_content or ""
            if self._tokens.word.fullmatch(content):
                self._say(content)
            return False
        return self._element(node)

    def _element(self, node: LexborNode) -> bool:
        name, attributes = node.tag or "", node.attributes
        if name in _SKIPPED or "hidden" in attributes:
            return False
        if _HIDDEN.search(attributes.get("style") or ""):
            return False
        self._break(_breaks_around(name))
        match name:
            case "br":
                self._breaks, self._space = min(self._breaks + 1, 2), False
            case "img":
                self._words(attributes.get("alt") or "")
            case "pre":
                self._preformatted += 1
            case "ul" | "ol":
                self._lists.append(0 if name == "ol" else None)
            case "li":
                self._bullet()
            case "a":
                self._links.append(len(self._pieces))
            case "td" | "th":
                self._space = self._breaks == 0
        return True

    def leave(self, node: LexborNode) -> None:
        """End a node, whether or not it has been read."""
        match node.tag:
            case "a" if self._links:
                self._address(node.attributes.get("href") or "", self._links.pop())
            case "pre" if self._preformatted:
                self._preformatted -= 1
            case "ul" | "ol" if self._lists:
                self._lists.pop()
        self._break(_breaks_around(node.tag or ""))

    def _words(self, text: str) -> None:
        text = _INVISIBLE.sub("", text)
        if self._preformatted and text.strip():
            self._say(text)
            return
        words = _WHITE_SPACE.sub(" ", text)
        if words.startswith(" "):
            self._space = True
        if words := words.strip(" "):
            self._say(words)
            self._space = text[-1:].isspace()

    def _say(self, text: str) -> None:
        if self._pieces:
            self._pieces.append("\n" * self._breaks or (" " if self._space else ""))
        self._breaks, self._space = 0, False
        self._pieces.append(text)

    def _break(self, lines: int) -> None:
        if lines:
            self._breaks, self._space = max(self._breaks, lines), False

    def _bullet(self) -> None:
        number = self._lists[-1] if self._lists else None
        if number is not None:
            self._lists[-1] = number = number + 1
        self._say(f"{number}." if number else "-")
        self._space = True

    def _address(self, href: str, start: int) -> None:
        href = href.strip()
        if not href or href.startswith("#") or _UNSAFE_SCHEME.match(href):
            return
        label = "".join(self._pieces[start:])
        if not label.strip():
            self._say(href)
        elif self._shown(label) != self._shown(href):
            self._pieces.append(f" ({href})")

    def _shown(self, text: str) -> str:
        """What a link and its label share when they say the same."""
        text = self._tokens.named(text).strip().casefold()
        return _SHOWN_SCHEME.sub("", text, count=1).rstrip("/")


def _breaks_around(name: str) -> int:
    if name in _PARAGRAPHS:
        return 2
    return 1 if name in _LINES else 0
