"""Which form of a word goes with a number (CLDR's cardinal rules)."""

from __future__ import annotations

from enum import StrEnum
from functools import lru_cache

from carteiro.languages.locales import locale_of

_LARGEST = 10**15


class Plural(StrEnum):
    """CLDR's categories; every language has ``other``."""

    ZERO = "zero"
    ONE = "one"
    TWO = "two"
    FEW = "few"
    MANY = "many"
    OTHER = "other"


def plural(tag: str, number: int) -> Plural:
    """The category of a whole number in a language; ``other`` for one that CLDR does not know.

    >>> plural("en", 1).value, plural("ru", 22).value, plural("ja", 1).value
    ('one', 'few', 'other')
    """
    return _plural(tag, number) if -_LARGEST <= number <= _LARGEST else Plural.OTHER


@lru_cache(maxsize=4096)
def _plural(tag: str, number: int) -> Plural:
    locale = locale_of(tag)
    return Plural.OTHER if locale is None else Plural(locale.plural_form(number))
