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
    if html.count("{") * html.count("<") > _MOST_WORK:
        return html
    tags = [tag for tag in read_tags(html) if not tag.conditional]
    mark = _mark(html)
    try:
        inlined = _INLINER.inline(_numbered(html, tags, mark))
    except InlineError:
        return html
    styles = _styles(inlined, mark)

    def style_of(at: int, tag: Tag) -> str | None:
        style, written = styles.get(at), tag.get("style")
        if style is None or style == (unescape(written.value) if written else None):
            return None
        if written and sorted(words.findall(written.value)) != sorted(words.findall(style)):
            return None
        return style.replace("&", "&amp;").replace('"', "&quot;")

    return "".join(_with_styles(html, tags, style_of))


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


def _styles(html: str, mark: str) -> Mapping[int, str]:
    """The ``style`` of each numbered element; of an element that the parser doubled, the first."""
    found = dict[int, str]()
    for node in LexborHTMLParser(html).css(f"[{mark}][style]"):
        attributes = node.attributes
        found.setdefault(int(attributes[mark] or 0), attributes["style"] or "")
    return found


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
