"""What CLDR knows of a language: Babel's locale of a tag."""

from __future__ import annotations

from functools import lru_cache

from babel import Locale, localedata

from carteiro.languages.likely import Likely, likely


def locale_of(tag: str) -> Locale | None:
    """The nearest locale that CLDR has, in the tag's script where there is one; else ``None``.

    Babel keeps the data of every locale that it has read, which is why a tag that a stranger wrote
    is first looked up in the tenant's library.
    """
    own = likely(tag)
    return None if own is None else _nearest(own)


@lru_cache(maxsize=512)
def _nearest(own: Likely) -> Locale | None:
    language, usual = own.language, likely(own.language)
    choices = [(own.script, own.region), (own.script, "")]
    if usual is not None and usual.script == own.script:
        # CLDR leaves the usual script out of a locale's name.
        choices.append(("", own.region))
    for script, region in (*choices, ("", "")):
        name = "_".join(part for part in (language, script, region) if part)
        if localedata.exists(name):
            return Locale(language, region or None, script or None)
    return None
