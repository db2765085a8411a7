"""What a person knows a device by: its browser and its system, read from ``User-Agent``.

Only names from the lists here come out, so that nothing which a client writes reaches a mail.
"""

from __future__ import annotations

_LONGEST = 512
_BROWSERS = (
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser", "Samsung Internet"),
    ("Firefox/", "Firefox"),
    ("FxiOS", "Firefox"),
    ("CriOS", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
_SYSTEMS = (
    ("Windows", "Windows"),
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("CrOS", "ChromeOS"),
    ("Macintosh", "macOS"),
    ("Linux", "Linux"),
)


def device_of(user_agent: str | None) -> str:
    """Such as ``Firefox, Windows``; what is not known is left out, and may be all of it.

    Browsers name each other in their ``User-Agent``: the first in the list that is there is it.
    """
    said = (user_agent or "")[:_LONGEST]
    found = [
        next((name for mark, name in marks if mark in said), None)
        for marks in (_BROWSERS, _SYSTEMS)
    ]
    return ", ".join(name for name in found if name is not None)
