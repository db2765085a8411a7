"""Who a mail is from, as parsers that others wrote read it in a provider's request."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from email import policy
from email.header import decode_header, make_header
from email.utils import getaddresses
from typing import Any

from email_validator import validate_email

Author = tuple[str, str]
"""The name, or nothing, and the address."""
Authors = Callable[[Any], list[Author]]
"""Reads the authors in a request's fields."""


def parsed(text: str) -> list[Author]:
    """The authors that a header's text names, if three parsers agree on them."""
    found = [
        (str(make_header(decode_header(name))), address) for name, address in getaddresses([text])
    ]
    header = policy.default.header_factory("From", text)
    assert not header.defects, header.defects
    assert [author.addr_spec for author in header.addresses] == [address for _, address in found]
    if "=?" in text:
        # Python 3.11 keeps the blank between encoded words here (RFC 2047 §6.2 drops it).
        assert text.isascii()
        return found
    assert [author.display_name for author in header.addresses] == [name for name, _ in found]
    # It also has opinions on what is safe to show, which are not about who the author is.
    if not any(unicodedata.category(character)[0] in "CM" for character in text):
        strict = validate_email(
            text, allow_display_name=True, check_deliverability=False, test_environment=True
        )
        # This reader composes what it shows (NFC), whatever was written.
        composed = [(unicodedata.normalize("NFC", name), address) for name, address in found]
        assert [(strict.display_name or "", strict.normalized)] == composed
    return found


def pair(address: str, name: str, *path: str | int) -> Authors:
    """One object that has name and address apart."""

    def read(body: Any) -> list[Author]:
        for step in path:
            body = body[step]
        return [(body.get(name, ""), body[address])]

    return read


def text(key: str) -> Authors:
    """A header's text, in one field."""
    return lambda body: parsed(body[key])
