"""CSS as the lint reads it: which features stand where in a style sheet or a `style` attribute."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import tinycss2

_DEEPEST = 32
_LINE_END = re.compile("\r\n|\r|\n|\f")
_BACKGROUNDS = frozenset(("background", "background-image"))
_OLD_PSEUDO_ELEMENTS = frozenset(("before", "after", "first-letter", "first-line"))
_GENERIC = frozenset(("initial", "inherit", "unset", "revert", "none", "normal", "auto", "visible"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """A feature, by the name that `support.json` has for it, at a position of the CSS."""

    feature: str
    position: int


def uses_in_sheet(css: str) -> Iterator[Use]:
    """What a style sheet uses.

    Nothing within ``@media`` or ``@supports``: that is for those that know it.
    """
    place = _Places(css)
    yield from _rules(tinycss2.parse_stylesheet(css, True, True), place)


def uses_in_attribute(css: str) -> Iterator[Use]:
    """What a ``style`` attribute uses."""
    yield from _block(tinycss2.parse_blocks_contents(css, True, True), _Places(css), 0)


def dark_rules(css: str) -> str:
    """The rules that a style sheet has for readers who want a dark scheme.

    Without those that nest too deep to be written out again.
    """
    return "".join(
        tinycss2.serialize(rule.content)
        for rule in tinycss2.parse_stylesheet(css, True, True)
        if rule.type == "at-rule" and rule.content is not None and _is_dark(rule)
    )


def _is_dark(rule: Any) -> bool:
    if not _is_flat([*rule.prelude, *rule.content]):
        return False
    query = tinycss2.serialize(rule.prelude).lower()
    return rule.lower_at_keyword == "media" and "prefers-color-scheme" in query and "dark" in query


def _is_flat(nodes: Iterable[Any]) -> bool:
    """Whether blocks and functions nest no deeper than tinycss2 can write, which calls itself."""
    left = [(node, 0) for node in nodes]
    while left:
        node, depth = left.pop()
        inner = getattr(node, "content", None) or getattr(node, "arguments", None) or ()
        if inner and depth >= _DEEPEST:
            return False
        left += ((one, depth + 1) for one in inner)
    return True


class _Places:
    """Positions of what tinycss2 gives by line and column."""

    def __init__(self, css: str) -> None:
        self._starts = [0, *(found.end() for found in _LINE_END.finditer(css))]

    def __call__(self, node: Any) -> int:
        line: int = self._starts[min(node.source_line, len(self._starts)) - 1]
        return line + int(node.source_column) - 1


def _rules(rules: Iterable[Any], place: _Places) -> Iterator[Use]:
    for rule in rules:
        if rule.type == "at-rule":
            yield Use(feature=f"@{rule.lower_at_keyword}", position=place(rule))
        elif rule.type == "qualified-rule":
            yield from _selector(rule.prelude, place)
            yield from _block(tinycss2.parse_blocks_contents(rule.content, True, True), place, 0)


def _selector(prelude: list[Any], place: _Places) -> Iterator[Use]:
    colons = 0
    for node in prelude:
        if node.type == "literal" and node.value == ":":
            colons += 1
            continue
        if colons and node.type in {"ident", "function"}:
            name = node.lower_value if node.type == "ident" else node.lower_name
            two = colons > 1 or name in _OLD_PSEUDO_ELEMENTS
            yield Use(feature=f"{'::' if two else ':'}{name}", position=place(node))
        colons = 0


def _block(nodes: Iterable[Any], place: _Places, depth: int) -> Iterator[Use]:
    for node in nodes:
        if node.type == "declaration":
            yield from _declaration(node, place)
        elif node.type == "qualified-rule" and depth < _DEEPEST:
            yield Use(feature="nesting", position=place(node))
            inner = tinycss2.parse_blocks_contents(node.content, True, True)
            yield from _block(inner, place, depth + 1)


def _declaration(node: Any, place: _Places) -> Iterator[Use]:
    name, at = node.lower_name, place(node)
    words = [part for part in node.value if part.type not in {"whitespace", "comment"}]
    first = words[0].lower_value if words and words[0].type == "ident" else ""
    if name.startswith("--"):
        return
    if name == "display":
        feature = {"inline-flex": "flex", "inline-grid": "grid"}.get(first, first)
        yield Use(feature=f"display:{feature}", position=at)
    elif len(words) != 1 or first not in _GENERIC:
        yield Use(feature=name, position=at)
    for part in _parts(words):
        yield from _value(name, part, at)


def _value(name: str, part: Any, at: int) -> Iterator[Use]:
    if part.type == "function":
        function = part.lower_name
        commas = any(inner.type == "literal" and inner.value == "," for inner in part.arguments)
        if function in {"rgb", "rgba"} and not commas:
            function = "rgb"
        elif function == "rgb" or (function == "url" and name not in _BACKGROUNDS):
            return
        if function == "url":
            yield Use(feature="background-image", position=at)
        yield Use(feature=f"{function}()", position=at)
    elif part.type == "dimension":
        yield Use(feature=f"1{part.lower_unit}", position=at)
    elif part.type == "url" and name in _BACKGROUNDS:
        yield Use(feature="background-image", position=at)


def _parts(words: list[Any]) -> Iterator[Any]:
    """The value's parts, those within functions too."""
    left = [(word, 0) for word in reversed(words)]
    while left:
        part, depth = left.pop()
        yield part
        if part.type == "function" and depth < _DEEPEST:
            left += ((inner, depth + 1) for inner in reversed(part.arguments))
