"""Can a stranger tell by time who has an account? Two samples of each way to ask, compared.

``python -m bench.alike sqlite|postgresql N`` compares N addresses with an account and N without.
"""

from __future__ import annotations

import math
import random
import sys
from collections.abc import Sequence
from contextlib import AsyncExitStack

import uvloop

from bench.browser import Browser
from bench.populated import Databases, populate
from bench.server import serving
from bench.sign_in import DATABASES
from bench.sink import sinking

ADDRESSES = 1_000
WAYS = ("a code to sign in", "a forgotten password", "a wrong password", "an unproven address")


async def told_apart(databases: Databases, number: int = ADDRESSES) -> dict[str, float]:
    """The p-value of each way, and the chance to guess right which of two has an account.

    People and nobody take turns in any order, on one server that hands mail over in the request.
    """
    took: dict[tuple[str, bool], list[float]] = {
        (way, known): [] for way in WAYS for known in (True, False)
    }
    async with AsyncExitStack() as stack:
        sink = await stack.enter_async_context(sinking())
        base = await populate(databases.make("base"), sink.url, number)
        server = stack.enter_context(serving(base.url))
        closed = {
            "signInMode": "SignIn",
            "forgotPasswordMethods": ["EmailVerificationCode"],
            "sentinelPolicy": {"maxAttempts": 1000},
        }
        server.call("PATCH", "/api/sign-in-exp", closed)
        asked = [(email, True) for email in base.emails]
        asked += [(email.replace("person", "nobody"), False) for email in base.emails]
        random.shuffle(asked)
        door = Browser.at(server.port, sink, base.app)
        for email, known in asked:
            for way, seconds in zip(WAYS, await _ask(door.another(), email), strict=True):
                took[way, known].append(seconds)
        door.close()
    found = {}
    for way in WAYS:
        chance, p = mann_whitney(took[way, True], took[way, False])
        found |= {f"{way}: p": p, f"{way}: chance": chance}
    return found


async def _ask(browser: Browser, email: str) -> list[float]:
    """Seconds of each way to ask for an address."""
    named, took = {"type": "email", "value": email}, []
    await browser.arrive()
    for event in ("SignIn", "ForgotPassword"):
        body = {"identifier": named, "interactionEvent": event}
        sent = await browser.call("POST", "/verification/verification-code", body)
        took.append(browser.took)
    await browser.call(
        "POST", "/verification/password", {"identifier": named, "password": "wrong"}, status=422
    )
    took.append(browser.took)
    proof = {"verificationId": sent.json()["verificationId"]}
    await browser.call("POST", "/identification", proof, status=400)
    return [*took, browser.took]


def mann_whitney(left: Sequence[float], right: Sequence[float]) -> tuple[float, float]:
    """The chance that one of ``left`` is the greater, and the two-sided p-value.

    By the normal approximation, which is good from some tens of each on; times hardly tie.
    """
    ranked = sorted([(value, True) for value in left] + [(value, False) for value in right])
    ranks = sum(rank for rank, (_, is_left) in enumerate(ranked, 1) if is_left)
    n, m = len(left), len(right)
    greater = ranks - n * (n + 1) / 2
    spread = math.sqrt(n * m * (n + m + 1) / 12)
    return greater / (n * m), math.erfc(abs(greater - n * m / 2) / spread / math.sqrt(2))


def measure(database: str, *numbers: int) -> dict[str, float]:
    """On ``sqlite`` or ``postgresql``."""
    with DATABASES[database]() as databases:
        return uvloop.run(told_apart(databases, *numbers))


if __name__ == "__main__":
    for label, value in measure(sys.argv[1], *map(int, sys.argv[2:])).items():
        print(f"{label:32} {value:10.5f}")
