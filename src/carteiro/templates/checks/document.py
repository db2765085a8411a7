"""A template's HTML, taken apart once for all rules that look at it."""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass
from functools import cached_property
from itertools import islice

from carteiro.templates.checks.findings import Field
from carteiro.templates.html_reader import GAP
from carteiro.templates.inlining import Inlined, read_inlined
from carteiro.templates.markup import Tag, read_tags
from carteiro.templates.placeholders import PLACEHOLDER

CODE = "\ue000"
"""Stands for a character of ``{{code}}``, as ``GAP`` does for one of any other placeholder."""
MOST_CSS = 65_536
"""Characters of CSS that are read of one template; no mail of 102 KB has more."""
_MOST_ELEMENTS = 5_000
"""Elements whose looks are worked out; a mail that is not clipped has fewer."""
_SHEET = re.compile(r"[^>]*>(.*?)(?:</style|\Z)", re.IGNORECASE | re.DOTALL)
_NOT_FOR_OUTLOOK = re.compile(
    r"<!--\[if\s+!\s*mso\s*\]>(?:<!)?-->.*?(?:<!--<!\[endif\]-->|\Z)", re.IGNORECASE | re.DOTALL
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Css:
    """A style sheet, or the rest of one that is too long to read; ``start`` is its position."""

    text: str
    start: int


class Document:
    """The template's content; placeholders are as long as they are written, and no text.

    Making one raises ``InvalidTemplate`` when elements nest too deep.
    """

    def __init__(self, content: Field) -> None:
        self.content = content
        self.html = PLACEHOLDER.sub(
            lambda found: (CODE if found[1] == "code" else GAP) * len(found[0]), content.text
        )
        self.tags: list[Tag] = list(islice(read_tags(self.html), _MOST_ELEMENTS + 1))
        self.sheets = [self._sheet(tag) for tag in self.tags if tag.name == "style"]
        self._others = [found.span() for found in _NOT_FOR_OUTLOOK.finditer(self.html)]

    @property
    def is_readable(self) -> bool:
        """Whether there is no more of it than a mail can have."""
        css = sum(len(sheet.text) for sheet in self.sheets)
        return css <= MOST_CSS and len(self.tags) <= _MOST_ELEMENTS

    @cached_property
    def inlined(self) -> Inlined | None:
        """The tree as it is mailed; ``None`` where that would take too long."""
        return read_inlined(self.html) if self.is_readable else None

    def outlook_reads(self, position: int) -> bool:
        """Whether the place is no ``<!--[if !mso]><!-->`` block, which Outlook passes over."""
        before = bisect_right(self._others, (position, len(self.html)))
        return before == 0 or position >= self._others[before - 1][1]

    def _sheet(self, tag: Tag) -> Css:
        found = _SHEET.match(self.html, tag.end)
        assert found is not None
        return Css(text=found[1], start=found.start(1))
