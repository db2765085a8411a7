"""Moments and lengths of time in words."""

import re
from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carteiro.languages.tags import ACCEPTED_TAGS, BUILT_IN
from carteiro.languages.times import day, duration, moment, relative_time

MINUTE, HOUR, DAY, YEAR = 60, 3600, 86_400, 365 * 86_400
SIZES = {"second": 1, "minute": MINUTE, "hour": HOUR, "day": DAY, "month": 30 * DAY, "year": YEAR}


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        *((0, "in 0 seconds"), (1, "in 1 second"), (59, "in 59 seconds"), (60, "in 1 minute")),
        *((61, "in 2 minutes"), (59 * MINUTE, "in 59 minutes"), (59 * MINUTE + 1, "in 1 hour")),
        *((HOUR, "in 1 hour"), (HOUR + 1, "in 2 hours"), (23 * HOUR + 1, "in 1 day")),
        *((-1, "1 second ago"), (-59, "59 seconds ago"), (-119, "1 minute ago")),
        *((-HOUR + 1, "59 minutes ago"), (-2 * DAY + 1, "1 day ago"), (-YEAR, "1 year ago")),
        *((10**30, "in 1000 years"), (-(10**30), "1000 years ago")),
    ],
)
def test_what_lies_ahead_is_rounded_up_and_what_is_past_is_rounded_down(seconds, said):
    assert relative_time("en", seconds) == said


@pytest.mark.parametrize(
    ("tag", "ahead", "past"),
    [
        *(("de", "in 5 Minuten", "vor 5 Minuten"), ("fr", "dans 5 minutes", "il y a 5 minutes")),
        *(("ru", "через 5 минут", "5 минут назад"), ("pl-PL", "za 5 minut", "5 minut temu")),
        *(("cs", "za 5 minut", "před 5 minutami"), ("uk-UA", "через 5 хвилин", "5 хвилин тому")),
        *(
            ("pt-BR", "em 5 minutos", "há 5 minutos"),
            ("pt-PT", "dentro de 5 minutos", "há 5 minutos"),
        ),
        *(("ar", "خلال 5 دقائق", "قبل 5 دقائق"), ("ko", "5분 후", "5분 전")),
        *(("zh-CN", "5分钟后", "5分钟前"), ("zh-TW", "5 分鐘後", "5 分鐘前")),
    ],
)
def test_a_language_says_it_in_its_own_words(tag, ahead, past):
    assert (relative_time(tag, 300), relative_time(tag, -300)) == (ahead, past)


def test_a_language_that_nobody_knows_is_english():
    assert relative_time("tlh", 300) == "in 5 minutes"
    assert day("tlh", date(2030, 1, 31)) == "Jan 31, 2030"


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(-5, "0 seconds"), (0, "0 seconds"), (90, "2 minutes"), (600, "10 minutes"), (DAY, "1 day")],
)
def test_a_duration_is_never_said_shorter_than_it_is(seconds, said):
    assert duration("en", seconds) == said


@given(st.integers(min_value=-900 * YEAR, max_value=900 * YEAR))
def test_one_unit_is_named_and_less_than_one_of_it_is_added_or_lost(seconds):
    said = relative_time("en", seconds)

    number, unit = re.fullmatch(r"(?:in )?(\d+) (\w+?)s?(?: ago)?", said).groups()
    size = SIZES[unit]
    lost = int(number) * size - abs(seconds)
    assert 0 <= lost < size if seconds >= 0 else 0 <= -lost < size


@given(
    tag=st.sampled_from(ACCEPTED_TAGS) | st.text(max_size=70),
    seconds=st.integers(min_value=-(10**12), max_value=10**12),
)
def test_everything_can_be_said_in_every_language(tag, seconds):
    assert relative_time(tag, seconds)
    assert duration(tag, seconds)


@pytest.mark.parametrize("tag", BUILT_IN)
def test_the_time_is_that_of_the_clock_that_it_was_read_from(tag):
    when = datetime(2030, 1, 31, 14, 5, tzinfo=UTC)
    elsewhere = when.astimezone(timezone(timedelta(hours=9, minutes=30)))

    assert re.search(r"\b(14|2):05\b|下午2:05", moment(tag, when))
    assert re.search(r"23:35|11:35", moment(tag, elsewhere))
    assert "2030" in day(tag, when.date())


@pytest.mark.parametrize(
    ("tag", "said"),
    [
        *(("de", "31.01.2030, 14:05"), ("fr", "31 janv. 2030, 14:05"), ("ja", "2030/01/31 14:05")),
        *(("zh-HK", "2030年1月31日 下午2:05"), ("cs", "31. 1. 2030 14:05")),
    ],
)
def test_a_moment_is_written_as_its_readers_write_it(tag, said):
    assert re.sub(r"\s", " ", moment(tag, datetime(2030, 1, 31, 14, 5, tzinfo=UTC))) == said
