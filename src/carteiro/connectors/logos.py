"""Small drawings of our own for the list of connectors, as data addresses."""

from __future__ import annotations

import base64

_FRAME = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 40 40" fill="none" stroke-width="2.5" '
    'stroke-linecap="round" stroke-linejoin="round" stroke="{stroke}">'
    '<rect width="40" height="40" rx="9" fill="{fill}" stroke="none"/>{path}</svg>'
)
_ENVELOPE = '<path d="M9 13h22v15H9zM9 13l11 9 11-9"/>'
_ARROWS = '<path d="M9 15h20m-6-6 6 6-6 6M31 26H11m6-6-6 6 6 6"/>'
_STAMP = '<path d="M9 12h22v17H9zM14 20h12m-6-4 6 4-6 5"/>'


def _logo(path: str, fill: str, stroke: str = "#fff") -> str:
    svg = _FRAME.format(fill=fill, stroke=stroke, path=path)
    return "data:image/svg+xml;base64," + base64.b64encode(svg.encode()).decode()


SMTP = _logo(_ENVELOPE, "#0e6f66")
HTTP = _logo(_ARROWS, "#2456a6")
BUILT_IN = _logo(_STAMP, "#4b2fbf")


def initials(letters: str, fill: str) -> str:
    """A provider's initials: its own sign is its own."""
    text = (
        '<text x="20" y="21" font-family="Helvetica,Arial,sans-serif" font-size="{size}" '
        'font-weight="700" text-anchor="middle" dominant-baseline="central" '
        'fill="#fff" stroke="none">{letters}</text>'
    )
    return _logo(text.format(letters=letters, size=20 - 3 * (len(letters) - 1)), fill)
