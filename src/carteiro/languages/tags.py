"""Language tags (BCP 47) and the library of languages that a tenant speaks.

Tags are compared in their canonical form: ``pt_br`` is ``pt-BR``, ``iw`` is ``he``. What comes back
is always spelled as the library spells it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from langcodes.data_dicts import LANGUAGE_REPLACEMENTS, TERRITORY_REPLACEMENTS
from langcodes.tag_parser import LanguageTagError, parse_tag

_LONGEST_TAG = 64
"""RFC 5646 §4.4.1 asks for room for 35 characters; nothing real comes near this."""

BUILT_IN = (
    *("ar", "cs", "de", "en", "es", "fa-IR", "fr", "it", "ja", "ko", "pl-PL", "pt-PT", "pt-BR"),
    *("ru", "th", "tr-TR", "uk-UA", "zh-CN", "zh-HK", "zh-TW"),
)
"""The languages of every tenant. The order decides which one stands in for a bare ``pt``."""

_ACCEPTED = """
af-ZA am-ET ar ar-AR as-IN az-AZ be-BY bg-BG bn-IN br-FR bs-BA ca-ES cb-IQ co-FR cs cs-CZ cx-PH
cy-GB da-DK de de-DE el-GR en en-GB en-US eo-EO es es-ES et-EE eu-ES fa-IR ff-NG fi fi-FI fo-FO fr
fr-CA fr-FR fy-NL ga-IE gl-ES gn-PY gu-IN ha-NG he-IL hi-IN hr-HR ht-HT hu-HU hy-AM id-ID ik-US
is-IS it it-IT iu-CA ja ja-JP ja-KS jv-ID ka-GE kk-KZ km-KH kn-IN ko ko-KR ku-TR ky-KG lo-LA lt-LT
lv-LV mg-MG mk-MK ml-IN mn-MN mr-IN ms-MY mt-MT my-MM nb-NO ne-NP nl nl-BE nl-NL nn-NO or-IN pa-IN
pl-PL ps-AF pt pt-BR pt-PT ro-RO ru ru-RU rw-RW sc-IT si-LK sk-SK sl-SI sn-ZW sq-AL sr-RS sv sv-SE
sw-KE sy-SY sz-PL ta-IN te-IN tg-TJ th th-TH tl-PH tr tr-TR tt-RU tz-MA uk-UA ur-PK uz-UZ vi-VN zh
zh-CN zh-HK zh-MO zh-TW zz-TR
"""
ACCEPTED_TAGS = tuple(_ACCEPTED.split())
"""The tags that a tenant may add to its library or fall back on; compared without case."""

_RTL_SCRIPTS = frozenset(
    ("Adlm", "Arab", "Aran", "Hebr", "Mand", "Nkoo", "Rohg", "Samr", "Syrc", "Thaa", "Yezi")
)
_RTL_LANGUAGES = frozenset(
    (
        *("ar", "arc", "azb", "ckb", "dv", "fa", "glk", "he", "khw", "ks", "lrc", "mzn", "nqo"),
        *("pnb", "ps", "sd", "sdh", "syr", "ug", "ur", "yi"),
        # No ISO codes: among the accepted tags they stand for Sorani and Syriac.
        *("cb", "sy"),
    )
)


@lru_cache(maxsize=4096)
def canonical(text: str) -> str | None:
    """The tag in canonical form, or ``None`` where the text is no well-formed tag.

    Deprecated languages and regions are replaced (CLDR); ``*`` and overlong texts are no tags.
    """
    if len(text) > _LONGEST_TAG:
        return None
    tag = text.strip().replace("_", "-").lower()
    # langcodes' own Language.get keeps every tag that it has seen for ever, and these come from
    # strangers; its parser and its tables keep nothing.
    language, hyphen, rest = LANGUAGE_REPLACEMENTS.get(tag, tag).partition("-")
    language = LANGUAGE_REPLACEMENTS.get(language, language)
    if hyphen:
        language = language.partition("-")[0]
    try:
        # langcodes has no annotations on this function.
        parts = parse_tag(f"{language}{hyphen}{rest}")  # type: ignore[no-untyped-call]
    except (LanguageTagError, ValueError):
        return None
    return "-".join(
        TERRITORY_REPLACEMENTS.get(value.lower(), value) if kind == "territory" else value
        for kind, value in parts
    )


def same_tag(left: str, right: str) -> bool:
    """Whether two spellings name the same language."""
    return fold(left) == fold(right)


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


def direction(tag: str) -> str:
    """``rtl`` or ``ltr``: by the tag's script, else by the language's usual one."""
    language, *rest = (canonical(tag) or "en").split("-")
    for subtag in rest:
        if len(subtag) == 4 and subtag.isalpha():
            return "rtl" if subtag in _RTL_SCRIPTS else "ltr"
    return "rtl" if language in _RTL_LANGUAGES else "ltr"


class MatchKind(StrEnum):
    """How a wish was matched, best first; ``AS_GIVEN`` when it was not looked up at all."""

    AS_GIVEN = "as_given"
    CUSTOM = "custom"
    BUILT_IN = "built_in"
    BUILT_IN_BASE = "built_in_base"
    CUSTOM_BASE = "custom_base"


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """A tag of the library, and how it was found."""

    tag: str
    kind: MatchKind


class LanguageLibrary:
    """The languages of a tenant: the built-in ones and its own. Every look-up is O(1)."""

    __slots__ = ("_bases", "_exact", "custom")

    def __init__(self, custom: Iterable[str] = ()) -> None:
        self.custom = tuple(dict.fromkeys(custom))
        self._exact: dict[str, Match] = {}
        self._bases: dict[str, Match] = {}
        for tags, exact, base in (
            (self.custom, MatchKind.CUSTOM, None),
            (BUILT_IN, MatchKind.BUILT_IN, MatchKind.BUILT_IN_BASE),
            (self.custom, None, MatchKind.CUSTOM_BASE),
        ):
            for tag in tags:
                key = fold(tag)
                if exact:
                    self._exact.setdefault(key, Match(tag=tag, kind=exact))
                if base:
                    self._bases.setdefault(key.partition("-")[0], Match(tag=tag, kind=base))

    def __repr__(self) -> str:
        return f"LanguageLibrary({list(self.custom)!r})"

    @property
    def tags(self) -> tuple[str, ...]:
        """Every tag, the tenant's own first."""
        return tuple(match.tag for match in self._exact.values())

    def has(self, tag: str) -> bool:
        """Whether this very language is there, in whatever spelling."""
        return fold(tag) in self._exact

    def match(self, wish: str) -> Match | None:
        """The best tag for one wish (management API §5.4 step 2), or ``None``.

        In order: the same tag among the tenant's own, then among the built-in ones; the first
        built-in one of the same base language, then the tenant's own.
        """
        tag = canonical(wish)
        if tag is None:
            return None
        key = tag.lower()
        return self._exact.get(key) or self._bases.get(key.partition("-")[0])
