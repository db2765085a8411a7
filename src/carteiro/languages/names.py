"""Languages by their own names, for whoever chooses one."""

from __future__ import annotations

from functools import cache

from carteiro.languages.locales import locale_of
from carteiro.languages.tags import LanguageLibrary

_NAMES = {
    "ar": "العربية",
    "cs": "Čeština",
    "de": "Deutsch",
    "en": "English",
    "es": "Español",
    "fa-IR": "فارسی",
    "fr": "Français",
    "it": "Italiano",
    "ja": "日本語",
    "ko": "한국어",
    "pl-PL": "Polski",
    "pt-BR": "Português (Brasil)",
    "pt-PT": "Português (Portugal)",
    "ru": "Русский",
    "th": "ไทย",
    "tr-TR": "Türkçe",
    "uk-UA": "Українська",
    "zh-CN": "简体中文",
    "zh-HK": "繁體中文（香港）",
    "zh-TW": "繁體中文（台灣）",
}


def languages_of(library: LanguageLibrary) -> tuple[tuple[str, str], ...]:
    """Every language of a tenant as its tag and its own name, in the order of the names."""
    return _ordered(library.tags)


@cache
def own_name(tag: str) -> str:
    """What people who speak a language call it; the tag where nobody knows."""
    if tag in _NAMES:
        return _NAMES[tag]
    locale = locale_of(tag)
    if locale is None:
        return tag
    name = locale.get_display_name() or tag
    return name[:1].upper() + name[1:]


@cache
def _ordered(tags: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    return tuple(sorted(((tag, own_name(tag)) for tag in tags), key=lambda pair: pair[1]))
