"""An HTML template as its author sees it: which tags stand where, with which attributes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from carteiro.templates.html_reader import HtmlReader, State

_OUTSIDE = (State.TEXT, State.RAW_TEXT)
_QUOTED = (State.DOUBLE_QUOTED, State.SINGLE_QUOTED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Attribute:
    """``name`` in lower case; ``value`` as it is written, without its quotes.

    ``start`` is where the value begins, quotes left out; ``outer`` is the whole of the value's
    characters, quotes included. Without a value both are the end of the name.
    """

    name: str
    value: str
    start: int
    outer: tuple[int, int]
    has_value: bool


@dataclass(slots=True, kw_only=True)
class Tag:
    """A start tag: ``name`` in lower case, ``start`` of its ``<``, ``end`` of what stands in it.

    ``end`` is before the blanks, the slash and the ``>`` that close it.
    """

    name: str
    start: int
    end: int
    conditional: bool
    """Inside a conditional comment: Outlook reads it, all others do not."""
    attributes: list[Attribute] = field(default_factory=list)

    def get(self, name: str) -> Attribute | None:
        """The first attribute of this name: the others do not count (HTML §13.2.5.33)."""
        return next((found for found in self.attributes if found.name == name), None)


def read_tags(html: str) -> Iterator[Tag]:
    """Every start tag that is closed, in order; comments are passed over.

    Raises ``InvalidTemplate`` when elements nest too deep.
    """
    reader, at, open_tag = HtmlReader(), 0, None
    while at < len(html):
        before, start = reader.state, at
        at, _ = reader.step(html, start)
        if before in _OUTSIDE and reader.state is State.TAG:
            open_tag = None if reader.element.startswith("/") else _OpenTag(html, reader, at)
        elif open_tag is not None:
            open_tag.advance(before, reader, start, at)
            if reader.state in _OUTSIDE:
                yield open_tag.tag
                open_tag = None


class _OpenTag:
    """A tag of which the end has not been read yet."""

    def __init__(self, html: str, reader: HtmlReader, end: int) -> None:
        name = reader.element
        self.tag = Tag(
            name=name, start=end - len(name) - 1, end=end, conditional=reader.conditional
        )
        self._html = html
        self._name = ""
        self._begun = 0

    def advance(self, before: State, reader: HtmlReader, start: int, at: int) -> None:
        """What stands between ``start`` and ``at``, where the state was ``before``."""
        after = reader.state
        if before is State.TAG and after is State.AFTER_NAME:
            self._end_attribute(self._begun)
            self._name, self._begun = reader.attribute, at
        elif before is State.BEFORE_VALUE and after in _QUOTED:
            self._begun = at - 1
        elif after is State.TAG and before is State.BEFORE_VALUE:
            self._begun = at - len(self._html[start:at].lstrip("\t\n\f\r "))
            self._end_attribute(at, has_value=True)
        elif after is State.TAG and before in _QUOTED:
            self._end_attribute(at, has_value=True)
        elif after in _OUTSIDE:
            self._end_attribute(self._begun)

    def _end_attribute(self, end: int, *, has_value: bool = False) -> None:
        if not self._name:
            return
        start, value = self._begun, self._html[self._begun : end]
        quoted = value[:1] in ("'", '"') and len(value) > 1
        attribute = Attribute(
            name=self._name,
            value=value[1:-1] if quoted else value,
            start=start + quoted,
            outer=(start, end),
            has_value=has_value,
        )
        self.tag.attributes.append(attribute)
        self.tag.end, self._name = end, ""


def visible_spans(html: str) -> Iterator[tuple[int, int]]:
    """Where text stands between tags, in order: no comment, no attribute, no style sheet."""
    reader, at = HtmlReader(), 0
    while at < len(html):
        before, start = reader.state, at
        at, _ = reader.step(html, start)
        if before is State.TEXT:
            bracket = html.find("<", start, at)
            yield start, at if bracket < 0 or reader.state is State.TEXT else bracket
