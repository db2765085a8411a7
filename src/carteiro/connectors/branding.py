"""The built-in service's rule that branding holds no web addresses."""

from __future__ import annotations

import re

_ADDRESS = re.compile(
    r"(?:^|(?<=[^\w.]))(?:https?://)?(?:www\.)?"
    r"(?P<name>[A-Za-z0-9_#%+.:=@~-]{1,256})\.(?P<end>[A-Za-z0-9()]{1,6})\b(?P<tail>[\w#%+.:=?@~/&()-]*)",
    re.IGNORECASE,
)
_ABBREVIATION = re.compile(r"(?:[A-Za-z]\.){1,}[A-Za-z]\.?")
_NUMBER = re.compile(r"v?\d+(?:[.:]\d+)*\.?", re.IGNORECASE)


def holds_address(text: str) -> bool:
    """Whether something in the text reads as a web or mail address.

    Abbreviations of single letters (``S.A.``, ``p.s.a.``) and numbers (``12.5``, ``v1.2``) do not.
    """
    for match in _ADDRESS.finditer(text):
        found = match[0]
        if _NUMBER.fullmatch(found):
            continue
        if _ABBREVIATION.fullmatch(found) and not _is_lone_pair(found, text, match.end()):
            continue
        return True
    return False


def _is_lone_pair(found: str, text: str, end: int) -> bool:
    """``x.y`` without its closing dot is a host name, ``S.A.`` is not."""
    letters = [part for part in found.split(".") if part]
    return len(letters) == 2 and not found.endswith(".") and text[end : end + 1] != "."
