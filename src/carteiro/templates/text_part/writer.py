"""Writes the text of an HTML tree as it is walked: words, breaks, lists, links."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from selectolax.lexbor import LexborNode

from carteiro.templates.contexts import in_address
from carteiro.templates.html_reader import GAP
from carteiro.templates.placeholders import Placeholder, Slot
from carteiro.templates.text_part.numbering import BULLET, ListCounter
from carteiro.templates.text_part.visibility import NEVER_SHOWN, Sight, declarations, hides
from carteiro.templates.tokens import Tokens
from carteiro.templates.urls import NOWHERE

_PARAGRAPHS = frozenset(
    (
        *("address", "article", "aside", "blockquote", "body", "center", "dl", "fieldset"),
        *("figure", "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "main"),
        *("nav", "p", "pre", "section", "table", "div", "details", "dialog", "search", "hgroup"),
        *("ol", "ul", "menu", "dir", "listing", "plaintext", "xmp"),
    )
)
_LINES = frozenset(
    (
        *("caption", "dd", "dt", "figcaption", "li", "tr", "tbody", "thead", "tfoot", "summary"),
        *("legend", "option", "optgroup"),
    )
)
_WITHIN_WORDS = frozenset(
    (
        *("a", "abbr", "acronym", "b", "bdi", "bdo", "big", "blink", "br", "cite", "code", "data"),
        *(
            "del",
            "dfn",
            "em",
            "font",
            "i",
            "ins",
            "kbd",
            "label",
            "map",
            "mark",
            "nobr",
            "noscript",
        ),
        *("output", "q", "s", "samp", "small", "span", "strike", "strong", "sub", "sup", "time"),
        *("tt", "u", "var", "wbr", "tspan", "slot", "html"),
    )
)
"""Elements that may stand inside a word; any other one parts words."""
_LISTS = frozenset(("dir", "menu", "ol", "ul"))
_INLINE = frozenset(("contents", "inline", "ruby", "initial", "unset"))
_BLOCKS = frozenset(("block", "flex", "grid", "table", "list-item", "table-row", "flow-root"))
_BUTTONS = {"submit": "Submit", "reset": "Reset", "button": ""}
_NO_TEXT_INPUTS = frozenset(("hidden", "password", "checkbox", "radio", "file", "color", "range"))

_WHITE_SPACE = re.compile(r"[ \t\n\f\r\xa0]+")
_INVISIBLE = re.compile("[\xad\u034f\u200b\u2060\ufeff]")
_SHOWN_SCHEME = re.compile(r"(?:https?://|mailto:|tel:)", re.IGNORECASE)
_UNSAFE_SCHEME = re.compile(
    r"\s*(?:javascript|vbscript|data|file|blob|about|cid)\s*:", re.IGNORECASE
)


@dataclass(slots=True, kw_only=True)
class _Element:
    """An element that has been entered and not been left yet."""

    name: str
    sight: Sight
    breaks: int
    parts_words: bool
    href: str = ""
    begun: int = 0
    has_picture: bool = False
    preformatted: bool = False
    indent: int = 0
    counter: ListCounter | None = None


class TextWriter:
    """Collects words; breaks and spaces wait until the next word says that they are needed."""

    def __init__(self, tokens: Tokens) -> None:
        self.seen = list[str]()
        """Texts and addresses that are seen in the HTML, with their tokens."""
        self._tokens = tokens
        self._pieces: list[str] = []
        self._breaks = 0
        self._space = False
        self._is_new_item = False
        self._open: list[_Element] = [_Element(name="", sight=Sight(), breaks=0, parts_words=False)]
        self._indent = 0

    def text(self) -> str:
        """Everything so far, lines without blanks at their ends."""
        lines = "".join(self._pieces).split("\n")
        return "\n".join(line.rstrip() for line in lines).strip("\n").rstrip()

    def enter(self, node: LexborNode) -> bool:
        """Begin a node; whether its children are to be read, and ``leave`` called after them."""
        if node.is_text_node:
            self._words(node.text_content or "")
            return False
        if node.is_comment_node:
            found = self._tokens.between_tags.fullmatch(node.comment_content or "")
            if found and self._open[-1].sight.shows_text:
                self.seen.append(found[1])
                self._say(found[1])
            return False
        return self._element(node)

    def _element(self, node: LexborNode) -> bool:
        name, attributes = (node.tag or "").lower(), node.attributes
        if name in NEVER_SHOWN:
            return False
        style = declarations(attributes["style"] or "") if "style" in attributes else {}
        if hides(attributes, style) or _is_closed(name, attributes) or _outlook_hides(node, style):
            return False
        breaks, parts_words = self._distance(name, style)
        element = _Element(
            name=name,
            sight=self._open[-1].sight.within(style),
            breaks=breaks,
            parts_words=parts_words,
            preformatted=self._open[-1].preformatted or _keeps_lines(name, style),
        )
        self._part(element)
        self._open.append(element)
        if name in _LISTS:
            element.counter = ListCounter(
                ordered=name == "ol", attributes=attributes, style=style, items=_items(node)
            )
        elif name == "li" and style.get("display", "list-item") == "list-item":
            self._item(element, attributes, style)
        else:
            self._content(element, attributes)
        return True

    def _distance(self, name: str, style: Mapping[str, str]) -> tuple[int, bool]:
        """Line breaks around an element, and whether it parts words at least."""
        display = style.get("display")
        if display in _INLINE:
            return 0, name not in _WITHIN_WORDS
        if name in _PARAGRAPHS:
            nested = name in _LISTS and any(open_.name == "li" for open_ in self._open)
            return (1 if nested else 2), True
        if name in _LINES:
            return 1, True
        if display in _BLOCKS:
            return 1, True
        return 0, name not in _WITHIN_WORDS or display is not None

    def _part(self, element: _Element) -> None:
        self._break(element.breaks)
        if element.parts_words and not self._breaks:
            self._space = True

    def _content(self, element: _Element, attributes: Mapping[str, str | None]) -> None:
        """What an element shows of its own, and what it begins."""
        match element.name:
            case "br":
                self._breaks, self._space = min(self._breaks + 1, 2), False
            case "img":
                self._picture(attributes)
            case "input":
                self._input(attributes)
            case "optgroup":
                self._words(attributes.get("label") or "")
            case "a" | "area":
                element.href = (attributes.get("href") or "").strip()
                element.begun = len(self._pieces)
                if element.name == "area":
                    self._picture(attributes)

    def leave(self) -> None:
        """End the element that was entered last."""
        element = self._open.pop()
        if element.href:
            self._address(element)
        if element.indent:
            self._indent -= element.indent
        if element.name == "li":
            self._is_new_item = False
        self._part(element)

    def _words(self, text: str) -> None:
        element = self._open[-1]
        if not element.sight.shows_text:
            return
        text = _INVISIBLE.sub("", text)
        if element.preformatted:
            if text.strip():
                self.seen.append(text)
                self._say(text)
            else:
                self._break(text.count("\n"))
            return
        words = _WHITE_SPACE.sub(" ", text)
        if words.startswith(" "):
            self._space = True
        if words := words.strip(" "):
            self.seen.append(words)
            self._say(words)
            self._space = text[-1:] in " \t\n\f\r\xa0"

    def _say(self, text: str) -> None:
        margin = " " * self._indent
        if self._pieces and self._breaks:
            self._pieces.append("\n" * self._breaks + margin)
        elif self._pieces and self._space:
            self._pieces.append(" ")
        self._breaks, self._space, self._is_new_item = 0, False, False
        self._pieces.append(text.replace("\n", f"\n{margin}") if margin else text)

    def _break(self, lines: int) -> None:
        if lines and not self._is_new_item:
            self._breaks, self._space = max(self._breaks, lines), False

    def _item(
        self, element: _Element, attributes: Mapping[str, str | None], style: Mapping[str, str]
    ) -> None:
        counter = next((open_.counter for open_ in reversed(self._open) if open_.counter), None)
        marker = counter.marker(attributes, style) if counter else BULLET
        if not marker or not element.sight.shows_text:
            return
        self._say(marker)
        self._space = self._is_new_item = True
        element.indent = len(marker) + 1
        self._indent += element.indent

    def _picture(self, attributes: Mapping[str, str | None]) -> None:
        """A picture's words stand for it; they are not seen where the picture is."""
        for open_ in self._open:
            open_.has_picture = True
        if (words := _WHITE_SPACE.sub(" ", attributes.get("alt") or "").strip()) and (
            self._open[-1].sight.shows_text
        ):
            self._space = self._space or not self._breaks
            self._say(words)
        self._space = self._space or not self._breaks

    def _input(self, attributes: Mapping[str, str | None]) -> None:
        kind = (attributes.get("type") or "text").lower()
        if kind == "image":
            self._picture(attributes)
        elif kind not in _NO_TEXT_INPUTS:
            self._words(attributes.get("value") or _BUTTONS.get(kind, ""))

    def _address(self, element: _Element) -> None:
        """Where a link leads, unless its label says it or it leads nowhere."""
        href, label = element.href, "".join(self._pieces[element.begun :])
        if href.startswith("#") or _UNSAFE_SCHEME.match(href) or not element.sight.shows_text:
            return
        if label.strip() or element.has_picture:
            self.seen.append(href)
        if not label.strip():
            if address := self._written(href, "{}"):
                self._say(address)
        elif self._shown(label) != self._shown(href):
            self._pieces.append(self._written(href, " ({})"))

    def _written(self, href: str, frame: str) -> str:
        """An address with its values written as they are in the HTML part, in a frame.

        A value that is the whole address takes the frame with it where it leads nowhere.
        """
        parts, before, written = self._tokens.restore(href), "", list[str]()
        for part in parts:
            if isinstance(part, str):
                written.append(part)
                before += part
            elif isinstance(part, Placeholder):
                slot = Slot(part, in_address(before, part))
                if len(parts) == 1:
                    return self._tokens.add(_framed(slot, frame))
                written.append(self._tokens.add(slot))
                before += GAP
        return frame.replace("{}", "".join(written))

    def _shown(self, text: str) -> str:
        """What a link and its label share when they say the same."""
        text = self._tokens.named(text).strip().casefold()
        return _SHOWN_SCHEME.sub("", text, count=1).rstrip("/")


def _framed(slot: Slot, frame: str) -> Slot:
    before, after = frame.split("{}")

    def encode(value: str) -> str:
        address = slot.encode(value)
        return "" if address in ("", NOWHERE) else f"{before}{address}{after}"

    verbatim = f"{before}{slot.placeholder.verbatim}{after}"
    return Slot(replace(slot.placeholder, verbatim=verbatim), encode)


def _is_closed(name: str, attributes: Mapping[str, str | None]) -> bool:
    return name == "dialog" and "open" not in attributes


def _outlook_hides(node: LexborNode, style: Mapping[str, str]) -> bool:
    """A preheader, say; but not the button for all others beside the one that Outlook draws."""
    hidden = style.get("mso-hide") == "all"
    return hidden and node.tag != "a" and node.css_first("a[href]") is None


def _keeps_lines(name: str, style: Mapping[str, str]) -> bool:
    return name in {"pre", "listing", "xmp", "plaintext", "textarea"} or style.get(
        "white-space", ""
    ).startswith("pre")


def _items(node: LexborNode) -> int:
    """How many items a list that counts down has."""
    if "reversed" not in node.attributes:
        return 0
    return sum(_list_of(item) == node and not _is_hidden(item) for item in node.css("li"))


def _list_of(item: LexborNode) -> LexborNode | None:
    parent = item.parent
    while parent is not None and (parent.tag or "") not in _LISTS:
        parent = parent.parent
    return parent


def _is_hidden(node: LexborNode) -> bool:
    return hides(node.attributes, declarations(node.attributes.get("style") or ""))
