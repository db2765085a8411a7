"""How long hand-overs took lately: what was measured, each as likely, and no more than a few."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from carteiro.delivery.gates.lately import Lately


def test_every_wait_is_one_that_was_measured() -> None:
    lately = Lately()
    for seconds in (0.1, 0.2, 0.4):
        lately.took(seconds)

    drawn = Counter(lately.draw() for _ in range(3_000))

    assert set(drawn) == {0.1, 0.2, 0.4}
    assert min(drawn.values()) > 800


def test_old_times_make_way_for_new_ones() -> None:
    seen: list[Sequence[float]] = []

    def chance(among: Sequence[float]) -> float:
        seen.append(list(among))
        return among[0]

    lately = Lately(chance)
    for number in range(1_000):
        lately.took(float(number))
    lately.draw()

    assert seen == [[float(number) for number in range(936, 1_000)]]


def test_before_any_was_measured_the_waits_differ_all_the_same() -> None:
    assert len({Lately().draw() for _ in range(200)}) > 1


def test_a_wait_begins_as_much_earlier_as_the_last_ones_were_late() -> None:
    lately = Lately()
    lately.took(0.25)
    lately.waited(0.375, asked=0.25)

    late = lately.draw()
    for _ in range(64):
        lately.waited(0.75, asked=0.25)

    assert late == 0.125
    assert lately.draw() == 0.0


def test_a_wait_that_was_over_too_early_counts_by_a_timers_grain_at_most() -> None:
    lately = Lately()
    lately.took(0.25)
    lately.waited(0.25 - 2**-11, asked=0.25)

    by_little = lately.draw()
    for _ in range(64):
        lately.waited(0.0, asked=0.25)

    assert by_little == 0.25 + 2**-11
    assert lately.draw() == 0.251
