"""Moving a template's style sheets into its elements, for mail programs that ignore ``<style>``.

The style sheets stay in place too: media queries (dark mode, small screens) and ``:hover`` cannot
be inlined. A declaration in a media query that must win over an inlined one needs ``!important``.
"""

from __future__ import annotations

import re

from css_inline import CSSInliner, InlineError

_STYLE = re.compile(r"<style[\s>]", re.IGNORECASE)
_DOCUMENT = re.compile(r"<(?:!doctype|html|head|body)[\s>]", re.IGNORECASE)
_MOST_WORK = 20_000_000
"""Rules times elements: about a third of a second."""
_WRAPPED = re.compile(r"<html><head>(.*?)</head><body>(.*)</body></html>\s*\Z", re.DOTALL)

# Nothing is loaded: not from the network, not from the disk.
_INLINER = CSSInliner(keep_style_tags=True, keep_link_tags=True, load_remote_stylesheets=False)


def has_style_sheet(html: str) -> bool:
    """Whether there is something to inline."""
    return _STYLE.search(html) is not None


def inline_styles(html: str) -> str:
    """HTML with its ``<style>`` rules in ``style`` attributes too; a fragment stays a fragment.

    HTML that the inliner refuses, or for which it would take seconds, comes back as it is.
    """
    if html.count("{") * html.count("<") > _MOST_WORK:
        return html
    try:
        inlined = _INLINER.inline(html)
    except InlineError:
        return html
    if _DOCUMENT.search(html):
        return inlined
    wrapped = _WRAPPED.match(inlined)
    return "".join(wrapped.groups()) if wrapped else inlined
