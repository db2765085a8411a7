"""Moments and lengths of time, as the readers of a language write them (CLDR).

Years are of the Gregorian calendar and digits Western, as those of the codes beside them are. A
language that CLDR does not know is written to in English.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Literal

from babel import Locale
from babel.dates import format_date, format_datetime, format_timedelta

from carteiro.languages.locales import locale_of

_ENGLISH = Locale("en")
_Unit = Literal["second", "minute", "hour", "day", "month", "year"]
_UNITS: tuple[tuple[_Unit, int], ...] = (
    ("second", 1),
    ("minute", 60),
    ("hour", 3600),
    ("day", 86_400),
    ("month", 30 * 86_400),
    ("year", 365 * 86_400),
)
_AT_MOST = 1000 * 365 * 86_400


def relative_time(tag: str, seconds: int) -> str:
    """How far away something is: in ``seconds`` from now, or that long ago where it is negative.

    One unit is named, never too early: what lies ahead is rounded up, what is past is rounded down.
    More than a thousand years are a thousand.

    >>> relative_time("en", 290), relative_time("de", -7500)
    ('in 5 minutes', 'vor 2 Stunden')
    """
    return _told(tag, *_rounded(abs(seconds), up=seconds >= 0), -1 if seconds < 0 else 1)


def duration(tag: str, seconds: int) -> str:
    """How long something takes, rounded up to one unit; nothing takes less than no time.

    >>> duration("en", 600), duration("pl-PL", 3 * 60)
    ('10 minutes', '3 minuty')
    """
    return _told(tag, *_rounded(max(seconds, 0), up=True), 0)


def day(tag: str, when: date) -> str:
    """A day in medium length.

    >>> day("en", date(2030, 1, 31)), day("fr", date(2030, 1, 31))
    ('Jan 31, 2030', '31 janv. 2030')
    """
    return format_date(when, "medium", locale=_locale(tag))


def moment(tag: str, when: datetime) -> str:
    """A day and the time on it, to the minute, in the time zone of ``when``, which is not named.

    >>> moment("it", datetime(2030, 1, 31, 14, 5))
    '31 gen 2030, 14:05'
    """
    locale = _locale(tag)
    # Babel would move an aware time to UTC.
    return format_datetime(when.replace(tzinfo=None), _pattern(locale), locale=locale)


def _rounded(seconds: int, *, up: bool) -> tuple[_Unit, int]:
    seconds = min(seconds, _AT_MOST)
    unit, size = _UNITS[0]
    for larger, its_size in _UNITS:
        # 59 minutes and 30 seconds ahead are an hour, not sixty minutes.
        if (_ceiling(seconds, size) * size if up else seconds) >= its_size:
            unit, size = larger, its_size
    return unit, _ceiling(seconds, size) if up else seconds // size


def _ceiling(seconds: int, size: int) -> int:
    return -(-seconds // size)


@lru_cache(maxsize=2048)
def _told(tag: str, unit: _Unit, count: int, direction: int) -> str:
    size = dict(_UNITS)[unit]
    return format_timedelta(
        timedelta(seconds=count * size * (direction or 1)),
        granularity=unit,
        # No unit but the one that is asked for.
        threshold=float("inf"),
        add_direction=bool(direction),
        locale=_locale(tag),
    )


@lru_cache(maxsize=512)
def _pattern(locale: Locale) -> str:
    """A medium date with a short time."""
    pattern = str(locale.datetime_formats["medium"])
    return pattern.format(
        locale.time_formats["short"].pattern, locale.date_formats["medium"].pattern
    )


def _locale(tag: str) -> Locale:
    return locale_of(tag) or _ENGLISH
