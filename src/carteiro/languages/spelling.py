"""Language tags (BCP 47): how they are written, shortened and compared.

Tags are compared in their canonical form: ``pt_br`` is ``pt-BR``, ``iw`` is ``he``.
"""

from __future__ import annotations

import re
from functools import lru_cache

from langcodes.data_dicts import LANGUAGE_REPLACEMENTS, TERRITORY_REPLACEMENTS
from langcodes.tag_parser import LanguageTagError, parse_tag

LONGEST_TAG = 64
"""RFC 5646 §4.4.1 asks for room for 35 characters; nothing real comes near this."""
_REGION = re.compile("[a-z]{2}|[0-9]{3}")


def canonical(text: str) -> str | None:
    """The tag in canonical form, or ``None`` where the text is no well-formed tag.

    Deprecated languages and regions are replaced (CLDR); ``*`` and overlong texts are no tags.
    """
    return _canonical(text) if len(text) <= LONGEST_TAG else None


@lru_cache(maxsize=4096)
def _canonical(text: str) -> str | None:
    tag = text.strip().replace("_", "-").lower()
    # langcodes' own Language.get keeps every tag that it has seen for ever, and these come from
    # strangers; its parser and its tables keep nothing.
    language, hyphen, rest = LANGUAGE_REPLACEMENTS.get(tag, tag).partition("-")
    language, _, implied = LANGUAGE_REPLACEMENTS.get(language, language).partition("-")
    if implied and rest:
        rest = _with_implied(implied, rest.split("-"))
    try:
        # langcodes has no annotations on this function.
        parts = parse_tag(f"{language}{hyphen}{rest}")  # type: ignore[no-untyped-call]
    except (LanguageTagError, ValueError):
        return None
    return "-".join(
        TERRITORY_REPLACEMENTS.get(value.lower(), value) if kind == "territory" else value
        for kind, value in parts
    )


def _with_implied(implied: str, subtags: list[str]) -> str:
    """What follows the language, with the script or region that an old name of it says.

    ``sh`` is Serbian in Latin letters, ``prs`` the Persian of Afghanistan; what a tag itself says
    wins (UTS #35, annex C).
    """
    scripts = 1 if len(subtags[0]) == 4 and subtags[0].isalpha() else 0
    if len(implied) == 4:
        own = scripts == 1
    else:
        own = any(_REGION.fullmatch(subtag) for subtag in subtags[scripts : scripts + 1])
    return "-".join(subtags if own else (*subtags[:scripts], implied, *subtags[scripts:]))


def fold(tag: str) -> str:
    """What two spellings of a tag share; also defined for texts that are no tags."""
    return (canonical(tag) or tag).lower()


def lookup_chain(tag: str) -> tuple[str, ...]:
    """The tag, then ever shorter ones: ``zh-Hant-TW``, ``zh-Hant``, ``zh`` (RFC 4647 §3.4)."""
    found = canonical(tag)
    if found is None:
        return (tag,)
    chain, subtags = [], found.split("-")
    while subtags:
        chain.append("-".join(subtags))
        subtags.pop()
        if subtags and len(subtags[-1]) == 1:
            subtags.pop()
    return tuple(chain)
