"""Writing a value where it stands: between tags, in an attribute, as a URL, in a style sheet.

Whatever a value holds, it stays text. The rules are those of the place in the template, so each
placeholder's function is chosen when the template is compiled (``contexts.py``).
"""

from __future__ import annotations

import re

# Half characters (a lone surrogate) cannot be written as UTF-8; controls have no place in a mail.
_STRAY = "\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff"
_NEEDS_CLEANING = re.compile(f"[{_STRAY}]")

STRAY_CHARACTERS = {
    **dict.fromkeys((*range(9), 11, 12, *range(14, 32), 127), ""),
    **dict.fromkeys(range(0xD800, 0xE000), "\ufffd"),
}
"""What a mail cannot carry, for ``str.translate``."""
_MARKUP = {
    ord("&"): "&amp;",
    ord("<"): "&lt;",
    ord(">"): "&gt;",
    ord('"'): "&#34;",
    ord("'"): "&#39;",
}
_HTML_TABLE = str.maketrans({**STRAY_CHARACTERS, **_MARKUP})
_COMMENT_TABLE = str.maketrans({**STRAY_CHARACTERS, **_MARKUP, ord("-"): "&#45;"})
_RCDATA_TABLE = str.maketrans(
    {**STRAY_CHARACTERS, **_MARKUP, **{ord(char): f"&#{ord(char)};" for char in " \t\n\r=`"}}
)

_NOT_IN_CSS = re.compile(r"[^\w .,#%+-]")
_CSS_URL_TABLE = str.maketrans({char: f"%{ord(char):02X}" for char in "'()"})
_CSS_COLOUR = re.compile(r"(?:rgb|hsl)a?\([\d .,%/]{1,40}\)", re.IGNORECASE | re.ASCII)


def plain(value: str) -> str:
    """In plain text: as it is, but for what no mail can carry."""
    if value.isalnum() or not _NEEDS_CLEANING.search(value):
        return value
    return value.translate(STRAY_CHARACTERS)


def html(value: str) -> str:
    """Between tags, and in a quoted attribute."""
    # Most values hold nothing to escape, and this is said fastest by looking for each character.
    if not value.isprintable():
        return value.translate(_HTML_TABLE)
    if "&" in value:
        value = value.replace("&", "&amp;")
    if "<" in value or ">" in value:
        value = value.replace("<", "&lt;").replace(">", "&gt;")
    if '"' in value or "'" in value:
        value = value.replace('"', "&#34;").replace("'", "&#39;")
    return value


def spelled(value: str) -> str:
    """In a label: a voice reader says each character, and not one number."""
    return html(" ".join(value))


def comment(value: str) -> str:
    """In a comment: it cannot end it. Outlook reads conditional comments as HTML."""
    return value.translate(_COMMENT_TABLE)


def rcdata(value: str) -> str:
    """In ``<title>`` and ``<textarea>``; white space too, for inside SVG these hold elements."""
    return value.translate(_RCDATA_TABLE)


def css(value: str) -> str:
    """A value in a style sheet: a number, a word, a colour; nothing that could end it."""
    value = value.strip()
    return value if _CSS_COLOUR.fullmatch(value) else _NOT_IN_CSS.sub("", value)


def css_url(address: str) -> str:
    """Inside ``url(…)`` in a style sheet, whatever its quotes."""
    return address.translate(_CSS_URL_TABLE)


def script(value: str) -> str:
    r"""In a script or JSON: inside a string, where ``\u0022`` is a character and not an end."""
    units = value.encode("utf-16-be", "surrogatepass")
    chars = (int.from_bytes(units[at : at + 2], "big") for at in range(0, len(units), 2))
    return "".join(chr(c) if c < 128 and chr(c).isalnum() else f"\\u{c:04x}" for c in chars)
