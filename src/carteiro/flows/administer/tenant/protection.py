"""What an operator should know of how codes and sending are guarded, in words and in figures."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from carteiro.delivery.gates.buckets import SendingPolicy, SendLimit
from carteiro.delivery.workspaces.workspace import Workspace
from carteiro.flows.guards.networks import wrong_tries_per_hour
from carteiro.flows.world import World
from carteiro.verification.arithmetic import ACCEPTED, Odds, Pace, odds
from carteiro.verification.policy import LONGEST_CODE, CodePolicy

_LONGEST_LIFETIME = 600
"""Seconds: OWASP ASVS 6.5.5 and NIST SP 800-63B-4 §3.1.3 allow no code to live longer."""
_WRONG_TRIES = 100
"""Of one network in an hour: as many as a thousand people mistype who sign in at once."""
_RECOMMENDED = {
    "cooldown": "cooldown 60",
    "recipient_hour": "sendsPerHour 10",
    "recipient_day": "sendsPerDay 30",
    "network_hour": "networkSendsPerHour 100",
    "tenant_hour": "tenantSendsPerHour at a few times of what a busy hour brings",
}


@dataclass(frozen=True, slots=True)
class Advice:
    """Something to think about; ``code`` is stable."""

    code: str
    message: str


@dataclass(frozen=True, slots=True)
class Review:
    """What a guesser can do, and what would be better otherwise."""

    odds: Odds
    findings: tuple[Advice, ...]


async def review_protection(world: World, tenant_id: str) -> Review:
    """Look at the policies in force."""
    workspace = await world.workspaces.of(tenant_id)
    paces = paces_of(workspace.sending, world.code_limit)
    policy = workspace.code_policy
    found = odds(policy, paces)
    findings = (
        *_of_codes(policy, paces, found),
        *_of_networks(workspace),
        *_of_sending(workspace.sending),
    )
    return Review(found, findings)


def paces_of(sending: SendingPolicy, limit: SendLimit) -> list[Pace]:
    """How fast one recipient can be sent codes."""
    paces = [Pace(limit.sends, max(1, limit.window // 1000))]
    for sends, seconds in ((sending.recipient_hour, 3600), (sending.recipient_day, 86_400)):
        if sends is not None:
            paces.append(Pace(sends, seconds))
    if sending.cooldown is not None:
        paces.append(Pace(1, sending.cooldown))
    return paces


def _of_codes(policy: CodePolicy, paces: list[Pace], found: Odds) -> Iterator[Advice]:
    if found.per_year > ACCEPTED:
        text = (
            f"somebody who never stops guessing has {found.guesses_per_day} tries a day and finds "
            f"one account's code within a year with a chance of {found.per_year:.2%}"
        )
        enough = _long_enough(policy, paces)
        advice = (
            f": codes of {enough} {policy.alphabet} bring it" if enough else ": letters bring it"
        )
        yield Advice("codes.guessable", f"{text}{advice} under {ACCEPTED:.1%}")
    if policy.lifetime > _LONGEST_LIFETIME:
        text = f"codes live for {policy.lifetime // 60} minutes; no standard allows more than 10"
        yield Advice("codes.long_lived", f"{text} for signing in")
    if policy.delay_after is None:
        text = "wrong tries follow one another at once; delayAfter 10 makes the later ones wait"
        yield Advice("codes.undelayed", text)


def _long_enough(policy: CodePolicy, paces: list[Pace]) -> int | None:
    lengths = range(policy.length + 1, LONGEST_CODE + 1)
    return next(
        (n for n in lengths if odds(replace(policy, length=n), paces).per_year <= ACCEPTED), None
    )


def _of_networks(workspace: Workspace) -> Iterator[Advice]:
    if wrong_tries_per_hour(workspace) is None:
        text = (
            "somebody who guesses once for each of many addresses is held up nowhere; "
            f"networkWrongTriesPerHour {_WRONG_TRIES} holds up each network"
        )
        yield Advice("codes.sprayable", text)


def _of_sending(sending: SendingPolicy) -> Iterator[Advice]:
    missing = [text for name, text in _RECOMMENDED.items() if getattr(sending, name) is None]
    if missing:
        text = "messages can be asked for as often as the deployment's limit of an address allows"
        yield Advice("sending.unlimited", f"{text}; recommended: {', '.join(missing)}")
