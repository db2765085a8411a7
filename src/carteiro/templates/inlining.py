"""Moving a template's style sheets into its elements, for mail programs that ignore ``<style>``.

Only ``style`` attributes are written: whatever else the author wrote (the doctype, conditional
comments, namespaces, the spelling of tags) is what Outlook reads and stays as it is. So the inliner
works on a copy in which each tag has a number, and what it found is put into the author's text.

The style sheets stay in place too: media queries (dark mode, small screens) and ``:hover`` cannot
be inlined. A declaration in a media query that must win over an inlined one needs ``!important``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from html import unescape

from css_inline import CSSInliner, InlineError
from selectolax.lexbor import LexborHTMLParser

from carteiro.templates.markup import Tag, read_tags

_STYLE = re.compile(r"<style[\s>]", re.IGNORECASE)
_MOST_WORK = 20_000_000
"""Rules times elements: about a third of a second."""

# Nothing is loaded: not from the network, not from the disk.
_INLINER = CSSInliner(keep_style_tags=True, keep_link_tags=True, load_remote_stylesheets=False)


def has_style_sheet(html: str) -> bool:
    """Whether there is something to inline."""
    return _STYLE.search(html) is not None


def inline_styles(html: str, words: re.Pattern[str]) -> str:
    """HTML with its ``<style>`` rules in ``style`` attributes too; all else is as it was.

    ``words`` finds the author's values in a ``style`` attribute; where the inliner lost one the
    attribute stays as it is. HTML that the inliner refuses, or for which it would take seconds,
    comes back as it is.
    """
    if (inlined := read_inlined(html)) is None:
        return html
    tags, styles = inlined.tags, inlined.styles()

    def style_of(at: int, tag: Tag) -> str | None:
        style, written = styles.get(at), tag.get("style")
        if style is None or style == (unescape(written.value) if written else None):
            return None
        if written and sorted(words.findall(written.value)) != sorted(words.findall(style)):
            return None
        return style.replace("&", "&amp;").replace('"', "&quot;")

    return "".join(_with_styles(html, tags, style_of))


@dataclass(frozen=True, slots=True, kw_only=True)
class Inlined:
    """HTML with its styles inlined, as a tree whose elements know their tags in the text."""

    tags: list[Tag]
    """Those of the text, in order, without what stands in conditional comments."""
    mark: str
    """The attribute that holds a tag's place in ``tags``."""
    tree: LexborHTMLParser

    def styles(self) -> Mapping[int, str]:
        """The ``style`` of each tag by its place; of an element that the parser doubled, the first.

        Only of tags that have one.
        """
        found = dict[int, str]()
        for node in self.tree.css(f"[{self.mark}][style]"):
            attributes = node.attributes
            found.setdefault(int(attributes[self.mark] or 0), attributes["style"] or "")
        return found


def read_inlined(html: str, further: str = "") -> Inlined | None:
    """The tree of HTML with its rules inlined, and those of a ``further`` style sheet after them.

    ``None`` for HTML that the inliner refuses, or for which it would take seconds.
    """
    if (html.count("{") + further.count("{")) * html.count("<") > _MOST_WORK:
        return None
    tags = [tag for tag in read_tags(html) if not tag.conditional]
    mark = _mark(html)
    numbered = _numbered(html, tags, mark) + (f"<style>{further}</style>" if further else "")
    try:
        inlined = _INLINER.inline(numbered)
    except InlineError:
        return None
    return Inlined(tags=tags, mark=mark, tree=LexborHTMLParser(inlined))


def _mark(html: str) -> str:
    """An attribute that neither the template nor its style sheet speaks of."""
    mark = "data-n"
    while mark in html.lower():
        mark += "n"
    return mark


def _numbered(html: str, tags: list[Tag], mark: str) -> str:
    written, end = list[str](), 0
    for at, tag in enumerate(tags):
        name_end = tag.start + 1 + len(tag.name)
        written += html[end:name_end], f' {mark}="{at}"'
        end = name_end
    return "".join((*written, html[end:]))


def _with_styles(
    html: str, tags: list[Tag], style_of: Callable[[int, Tag], str | None]
) -> Iterator[str]:
    end = 0
    for at, tag in enumerate(tags):
        if (style := style_of(at, tag)) is None:
            continue
        if (attribute := tag.get("style")) is None:
            yield html[end : tag.end]
            yield f' style="{style}"'
            end = tag.end
        else:
            start, stop = attribute.outer
            yield html[end:start]
            yield f'"{style}"' if attribute.has_value else f'="{style}"'
            end = stop
    yield html[end:]
