"""Templates of pages: every value is escaped where it lands, and none is read during a request."""

from __future__ import annotations

from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

PAGES = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "html"),
    autoescape=select_autoescape(default=True),
    undefined=StrictUndefined,
    auto_reload=False,
    cache_size=-1,
    trim_blocks=True,
    lstrip_blocks=True,
)


def compile_pages() -> None:
    """Read and compile every template, so that no request does."""
    for name in PAGES.list_templates(extensions=["html"]):
        PAGES.get_template(name)
