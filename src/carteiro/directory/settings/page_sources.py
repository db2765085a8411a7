"""Where a tenant's own pages may load from: the additions to their Content-Security-Policy."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from carteiro.errors import InvalidRequestInput

_UNSAFE = "'unsafe-"
_AS_TYPED = ("'sha256-", "'sha384-", "'sha512-", "'nonce-")
"""Base64: another case is another value (CSP3 §2.3.1)."""
_SOURCE = re.compile(r"[!-+\--:<-~]+")
"""What can stand in a policy without ending the source: no blanks, ``;``, ``,`` or controls."""


def page_sources(given: Mapping[str, Sequence[str]]) -> dict[str, list[str]]:
    """The sources by directive, trimmed, in lower case, each once; a directive without any is gone.

    Raises ``InvalidRequestInput`` for what would let anything run, or is no source.
    """
    cleaned = {directive: _sources(sources) for directive, sources in given.items()}
    return {directive: sources for directive, sources in cleaned.items() if sources}


def _sources(given: Sequence[str]) -> list[str]:
    sources = dict.fromkeys(_folded(text.strip()) for text in given)
    sources.pop("", None)
    for source in sources:
        if source.startswith(_UNSAFE):
            raise InvalidRequestInput(f"The source {source} is not allowed in customUiCsp.")
        if not _SOURCE.fullmatch(source):
            raise InvalidRequestInput("A source in customUiCsp holds a character that ends it.")
    return list(sources)


def _folded(source: str) -> str:
    return source if source.lower().startswith(_AS_TYPED) else source.lower()
