"""How tries of codes end, counted for whoever operates the deployment.

Somebody who guesses one code for each of many addresses stays below every limit of an address.
What shows it is how many tries are wrong among all of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from carteiro.delivery.telemetry import TryOutcome
from carteiro.errors import (
    CarteiroError,
    CodeExpired,
    CodeMismatch,
    CodeNotFound,
    EmailMismatch,
    PhoneMismatch,
    TooManyAttempts,
    TooManyTries,
)
from carteiro.flows.world import World

OUTCOMES: Mapping[type[CarteiroError], TryOutcome] = {
    CodeMismatch: TryOutcome.WRONG,
    CodeNotFound: TryOutcome.NOT_FOUND,
    EmailMismatch: TryOutcome.OTHER_ADDRESS,
    PhoneMismatch: TryOutcome.OTHER_ADDRESS,
    CodeExpired: TryOutcome.EXPIRED,
    TooManyTries: TryOutcome.TOO_MANY,
    TooManyAttempts: TryOutcome.LOCKED,
}


@contextmanager
def counting_a_try(world: World) -> Iterator[None]:
    """Count how the try of a code in here ends, once it is committed.

    What ends otherwise (no such interaction, no database) was no try and is not counted.
    """
    try:
        yield
    except CarteiroError as error:
        if (outcome := OUTCOMES.get(type(error))) is not None:
            world.telemetry.code_tries.labels(outcome).inc()
        raise
    world.telemetry.code_tries.labels(TryOutcome.RIGHT).inc()
