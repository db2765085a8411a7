"""The languages that a tenant speaks; each comes back as the tenant's library spells it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from functools import cache

from carteiro.languages.spelling import canonical, fold
from carteiro.languages.varieties import Varieties

BUILT_IN = (
    *("ar", "cs", "de", "en", "es", "fa-IR", "fr", "it", "ja", "ko", "pl-PL", "pt-PT", "pt-BR"),
    *("ru", "th", "tr-TR", "uk-UA", "zh-CN", "zh-HK", "zh-TW"),
)
"""The languages of every tenant, in the reference's order."""

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

_RELATIVES_AT_MOST = 1024


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
    """The languages of a tenant: the built-in ones and its own. Every look-up is O(1).

    >>> from carteiro import LanguageLibrary, negotiate
    >>> negotiate(ui_locales="vi-VN", library=LanguageLibrary()).tag
    'en'
    >>> negotiate(ui_locales="vi-VN", library=LanguageLibrary(["vi-VN"])).tag
    'vi-VN'
    """

    __slots__ = ("_exact", "_own", "_relatives", "custom")

    def __init__(self, custom: Iterable[str] = ()) -> None:
        self.custom = tuple(dict.fromkeys(custom))
        self._exact: dict[str, Match] = {}
        for tags, kind in ((self.custom, MatchKind.CUSTOM), (BUILT_IN, MatchKind.BUILT_IN)):
            for tag in tags:
                self._exact.setdefault(fold(tag), Match(tag=tag, kind=kind))
        self._relatives: dict[str, Match | None] = {}
        self._own = Varieties(self.custom)

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

        In order: the same tag among the tenant's own, then among the built-in ones; the nearest
        variety of the same language (``varieties.Varieties``), of equally near ones the built-in.
        """
        tag = canonical(wish)
        if tag is None:
            return None
        if (exact := self._exact.get(tag.lower())) is not None:
            return exact
        if tag not in self._relatives:
            if len(self._relatives) >= _RELATIVES_AT_MOST:
                self._relatives.clear()
            self._relatives[tag] = self._relative(tag)
        return self._relatives[tag]

    def _relative(self, tag: str) -> Match | None:
        built_in, own = _built_in().find(tag), self._own.find(tag)
        if own is not None and (built_in is None or own.nearness < built_in.nearness):
            return Match(tag=own.tag, kind=MatchKind.CUSTOM_BASE)
        if built_in is None:
            return None
        return Match(tag=built_in.tag, kind=MatchKind.BUILT_IN_BASE)


@cache
def _built_in() -> Varieties:
    return Varieties(BUILT_IN)
