"""Templates of pages: every value is escaped where it lands, and none is read during a request."""

from __future__ import annotations

from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

_WEB = ("https://", "http://")
PAGES = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "html"),
    autoescape=select_autoescape(default=True),
    undefined=StrictUndefined,
    auto_reload=False,
    cache_size=-1,
    trim_blocks=True,
    lstrip_blocks=True,
)
PAGES.tests["web"] = lambda given: isinstance(given, str) and given.startswith(_WEB)
"""An address that a link of a page may lead to: what is stored is checked, but was not always."""


def compile_pages() -> None:
    """Read and compile every template, so that no request does."""
    for name in PAGES.list_templates(extensions=["html"]):
        PAGES.get_template(name)
