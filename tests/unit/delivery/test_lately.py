"""How long hand-overs took lately: what was measured, each as likely, and no more than a few."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import pytest

from carteiro.delivery.gates.lately import Lately
from carteiro.model.kinds import TemplateType

SIGN_IN, FORGOTTEN = TemplateType.SIGN_IN, TemplateType.FORGOT_PASSWORD


def test_every_wait_is_one_that_was_measured() -> None:
    lately = Lately()
    for seconds in (0.1, 0.2, 0.4):
        lately.took(seconds, SIGN_IN)

    drawn = Counter(lately.draw(SIGN_IN) for _ in range(3_000))

    assert set(drawn) == {0.1, 0.2, 0.4}
    assert min(drawn.values()) > 800


def test_old_times_make_way_for_new_ones() -> None:
    seen: list[Sequence[float]] = []

    def chance(among: Sequence[float]) -> float:
        seen.append(list(among))
        return among[0]

    lately = Lately(chance)
    for number in range(1_000):
        lately.took(float(number), SIGN_IN)
    lately.draw(SIGN_IN)

    assert seen == [[float(number) for number in range(936, 1_000)]]


def test_before_any_was_measured_the_waits_differ_all_the_same() -> None:
    assert len({Lately().draw(SIGN_IN) for _ in range(200)}) > 1


def test_a_wait_is_as_long_as_a_mail_of_the_same_type_took() -> None:
    lately = Lately()
    lately.took(0.25, SIGN_IN)
    lately.took(0.5, FORGOTTEN)

    drawn = [{lately.draw(type_) for _ in range(50)} for type_ in (SIGN_IN, FORGOTTEN)]

    assert drawn == [{0.25}, {0.5}]


def test_a_type_that_nobody_was_sent_yet_goes_by_the_others() -> None:
    lately = Lately()
    lately.took(0.25, SIGN_IN)
    lately.took(0.5, FORGOTTEN)

    assert {lately.draw(TemplateType.REGISTER) for _ in range(200)} == {0.25, 0.5}


def test_what_was_over_in_no_time_is_not_waited_for() -> None:
    lately = Lately()
    lately.took(-0.001, SIGN_IN)

    assert lately.draw(SIGN_IN) == 0.0


def beside(lately: Lately, sent: Sequence[float], withheld: Sequence[float]) -> Lately:
    for seconds in sent:
        lately.beside(seconds, withheld=False)
    for seconds in withheld:
        lately.beside(seconds, withheld=True)
    return lately


def test_what_is_done_for_a_message_that_is_sent_is_waited_for_where_it_is_not_done() -> None:
    lately = beside(Lately(), [0.003, 0.005], [0.001])

    assert lately.missing(withheld=True) == pytest.approx(0.003)
    assert lately.missing(withheld=False) == pytest.approx(0.004)


def test_where_more_is_done_instead_there_is_less_to_wait_for() -> None:
    assert beside(Lately(), [0.001], [0.003]).missing(withheld=True) == pytest.approx(-0.002)


@pytest.mark.parametrize(("sent", "withheld"), [([], []), ([0.1], []), ([], [0.1])])
def test_what_was_not_measured_yet_is_not_guessed(
    sent: Sequence[float], withheld: Sequence[float]
) -> None:
    assert beside(Lately(), sent, withheld).missing(withheld=True) == 0.0


def test_a_disk_that_stood_still_for_a_moment_is_not_waited_for() -> None:
    lately = beside(Lately(), [0.001] * 15 + [0.3], [])

    assert lately.missing(withheld=False) == pytest.approx(0.001)


def test_old_times_of_that_make_way_too() -> None:
    lately = beside(Lately(), [0.1] * 64 + [0.001] * 64, [])

    assert lately.missing(withheld=False) == pytest.approx(0.001)
