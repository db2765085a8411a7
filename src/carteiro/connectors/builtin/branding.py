"""The built-in service's branding, and its rule that a tenant's own words hold no addresses."""

from __future__ import annotations

import re
from dataclasses import dataclass

# The rule of the reference, whose word characters are ASCII: at the start or after what is neither
# a word character nor a dot, perhaps a scheme and www, a name, a dot, one to six characters that
# end a word, and whatever else an address may hold.
_ADDRESS = re.compile(
    r"(?:^|(?<=[^\w.]))(?:https?://)?(?:www\.)?"
    r"[\w#%+.:=@~-]{1,256}\.[A-Z0-9()]{1,6}\b[\w()@:%+.~#?&/=-]*",
    re.IGNORECASE | re.ASCII,
)
_CLOSING = ".:?)"
# S.A. and e.g. need their last dot, for x.y is a host name; of three letters and more none is one.
_ABBREVIATION = re.compile(r"[a-z]\.[a-z]\.|[a-z](?:\.[a-z]){2,}\.?", re.IGNORECASE)
# 12.5 and v1.2, and 1.a of a list: no top-level domain is a number or a single letter. Four numbers
# are an address.
_NUMBER = re.compile(r"v?\d+\.\d+|\d+\.[a-z]", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Branding:
    """What a tenant puts of its own into the prebuilt mails; ``app_logo`` is an https address."""

    sender_name: str | None = None
    company_information: str | None = None
    app_logo: str | None = None


def holds_address(text: str) -> bool:
    """Whether something in the text reads as a web or mail address.

    Abbreviations of single letters (``S.A.``, ``p.s.a.``) and numbers (``12.5``, ``v1.2``) do not.
    """
    return any(not _is_harmless(match[0]) for match in _ADDRESS.finditer(text))


def _is_harmless(found: str) -> bool:
    bare = found.rstrip(_CLOSING)
    dotted = f"{bare}." if found.startswith(f"{bare}.") else bare
    return bool(_ABBREVIATION.fullmatch(dotted) or _NUMBER.fullmatch(bare))
