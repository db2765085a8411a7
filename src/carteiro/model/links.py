"""Which addresses may be mailed as the link that a message brings.

The link comes from an application's backend, so it may lead where only that application's people
get: to an intranet, to a developer's machine, into a native app. What a mail program or a browser
would run, or read from the person's own disk, is no link.
"""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlsplit

MAX_LINK = 8192
"""Characters; servers refuse longer addresses (RFC 9110 §4.1 asks for 8000 octets)."""

_SCHEME = re.compile(r"([a-z][a-z0-9+.-]*):", re.IGNORECASE)
_CONTROLS = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_NOT_IN_HOST = re.compile(r"""[\s"<>\\^`{|}]""")
_WEB = frozenset(("http", "https"))
_NEVER = frozenset(
    (
        # Run where they are opened, or hold a document of their own.
        *("javascript", "vbscript", "livescript", "mocha", "data", "blob", "filesystem"),
        *("view-source", "about", "jar", "mhtml", "mk", "res", "chrome", "resource", "wyciwyg"),
        # Read from the person's own machine or network, or start a program of the system.
        *("file", "smb", "afp", "nfs", "ldap", "ldaps", "intent", "android-app", "shell"),
        *("search", "search-ms", "ms-msdt", "ms-settings", "ms-appinstaller", "ms-officecmd"),
        *("vnd.ms.radio", "hcp", "help", "its", "ms-its", "ms-help", "telnet", "rlogin", "ssh"),
        # Carry no page.
        *("ws", "wss", "ftp", "ftps", "sftp", "gopher", "news", "nntp", "cid", "mid", "urn"),
    )
)


def link_fault(value: Any) -> str | None:
    """What is wrong with a link, in a sentence for its sender; ``None`` where it may be mailed.

    It may be ``https`` or ``http`` with a host, or an application's own scheme followed by a path
    (``myapp://join``, ``com.example.app:/join``; RFC 8252 §7.1).
    """
    if not isinstance(value, str):
        return "A link is a text."
    if len(value) > MAX_LINK:
        return f"A link has at most {MAX_LINK:,} characters."
    if _CONTROLS.search(value):
        return "A link holds no line breaks or other controls."
    link = value.strip()
    found = _SCHEME.match(link)
    if found is None:
        return "A link is an absolute address, such as https://example.com/join."
    scheme, rest = found[1].lower(), link[found.end() :]
    if scheme in _NEVER:
        return f"A link cannot be a {scheme}: address."
    if scheme in _WEB:
        return _web_fault(link, scheme)
    if not re.match(r"/[^\\]", rest):
        return f"A link into an application is written {scheme}:/path or {scheme}://path."
    return None


def _web_fault(link: str, scheme: str) -> str | None:
    try:
        parts = urlsplit(link)
        # Reading the port is what checks it.
        named = parts.hostname if parts.port is None or parts.port > 0 else None
    except ValueError:
        named = None
    if not named or not re.match(r"https?://[^/\\?#]", link, re.IGNORECASE):
        return f"A link with {scheme}: names a host, and a port that there is."
    if _NOT_IN_HOST.search(parts.netloc):
        return "A link's host has none of the characters that no host can have."
    return None


def is_mailable(value: Any) -> bool:
    """Whether a value may be mailed as the link."""
    return link_fault(value) is None
