"""How long hand-overs took lately: what was measured, each as likely, and no more than a few."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

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
