"""A person is told by mail of what has changed about their account, in the unit that changes it.

Whoever changes something says what the person was before and what they are now; which mails follow
from that, to which addresses and in which language, is decided here.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import structlog

from carteiro.delivery.notices import Notice, Queued
from carteiro.delivery.workspaces.workspace import Workspace
from carteiro.directory.people import mail_person, sign_in_choices
from carteiro.errors import CarteiroError
from carteiro.flows.world import World
from carteiro.languages.negotiate import LanguageDecision, LanguageReason, negotiate
from carteiro.model.actor import Actor
from carteiro.model.addresses import EmailAddress, address_key, parse_address
from carteiro.model.devices import device_of
from carteiro.model.kinds import ApplicationInfo, TemplateType
from carteiro.model.origin import NOWHERE, Origin
from carteiro.model.phones import parse_phone
from carteiro.storage.drivers.database import Transaction
from carteiro.storage.people.users import UserRow

_LONGEST_ZONE = 64
_log = structlog.get_logger("carteiro.notices")


@dataclass(frozen=True, slots=True, kw_only=True)
class Occasion:
    """Who changed what for whom, and what is known of it.

    ``decision`` is the language of the interaction, where there is one: that of whoever has no
    language in their profile. ``by_person`` says whether
    it is the person's own browser that ``by`` speaks of.
    """

    before: UserRow
    after: UserRow
    by: Actor
    by_person: bool
    decision: LanguageDecision | None = None
    application: ApplicationInfo | None = None
    origin: Origin = NOWHERE


def changes_of(before: UserRow, after: UserRow) -> list[TemplateType]:
    """What a person is told of, from the rows before and after."""
    found = []
    if before.password_encrypted != after.password_encrypted:
        found.append(TemplateType.PASSWORD_CHANGED)
    if _key(before.primary_email) != _key(after.primary_email):
        found.append(TemplateType.EMAIL_CHANGED)
    if before.primary_phone != after.primary_phone:
        found.append(TemplateType.PHONE_CHANGED)
    if _factors(before) != _factors(after):
        found.append(TemplateType.MFA_CHANGED)
    return found


def notices_for(
    world: World, workspace: Workspace, kinds: Sequence[TemplateType], occasion: Occasion
) -> Queued:
    """What is to be written and enqueued with the change. Raises nothing: a change never fails."""
    if not kinds:
        return Queued()
    now = world.clock.now()
    try:
        told = list(_told(workspace, kinds, occasion, now))
        return world.notices.queued(workspace, told, by=occasion.by, now=now)
    except CarteiroError as error:
        _log.error("a person could not be told of a change", code=error.code)
        return Queued()


async def tell(tx: Transaction, queued: Queued) -> None:
    """Write and enqueue, for a unit that does not do so together with its own writes."""
    if queued.calls:
        await tx.together(*queued.calls)
        await tx.enqueue(*queued.jobs)


def _told(
    workspace: Workspace, kinds: Sequence[TemplateType], occasion: Occasion, now: int
) -> Iterator[Notice]:
    decision = _language(workspace, occasion)
    facts = {
        "locale": decision.tag,
        "time": _moment(occasion.after, now),
        "device": device_of(occasion.by.user_agent) if occasion.by_person else "",
        **support(workspace),
    }
    if occasion.application is not None:
        facts["application"] = occasion.application
    for kind in kinds:
        for address in _addresses(kind, occasion):
            payload = {**facts, **_new(kind, occasion.after), "user": _person(occasion, address)}
            yield Notice(
                kind=kind, to=address, payload=payload, decision=decision, origin=occasion.origin
            )


def support(workspace: Workspace) -> dict[str, Any]:
    """Where a person finds help, as a notice says it; empty where the tenant names nothing."""
    names = ("supportEmail", "supportWebsiteUrl")
    return {name: workspace.experience.get(name) or "" for name in names}


def _addresses(kind: TemplateType, occasion: Occasion) -> list[EmailAddress]:
    """Where a person is told: where they were before, and of a new address there, too."""
    old, new = occasion.before.primary_email, occasion.after.primary_email
    wanted = (old, new) if kind is TemplateType.EMAIL_CHANGED else (old or new,)
    found = []
    for text in wanted:
        try:
            found.append(parse_address(text or ""))
        except CarteiroError:
            continue  # what was imported may be no address
    return found


def _person(occasion: Occasion, address: EmailAddress) -> Mapping[str, Any]:
    """The person, with no address but the one that is written to: the other may be a stranger's."""
    person = mail_person(occasion.after)
    return {**person, "primaryEmail": str(address), "primaryPhone": None}


def _new(kind: TemplateType, after: UserRow) -> dict[str, str]:
    """What it has become, masked; empty where it was removed."""
    if kind is TemplateType.EMAIL_CHANGED:
        return {"newAddress": _masked(after.primary_email, parse_address)}
    if kind is TemplateType.PHONE_CHANGED:
        return {"newPhone": _masked(after.primary_phone, parse_phone)}
    return {}


def _masked(text: str | None, parse: Any) -> str:
    if text is None:
        return ""
    try:
        masked: str = parse(text).masked
    except CarteiroError:
        return "***"
    return masked


def _language(workspace: Workspace, occasion: Occasion) -> LanguageDecision:
    """What the person has chosen for good comes first: whoever has broken in chooses the rest."""
    of_profile = language_of(workspace, occasion.before)
    if of_profile.reason is LanguageReason.PROFILE:
        return of_profile
    return occasion.decision or of_profile


def language_of(workspace: Workspace, user: UserRow) -> LanguageDecision:
    """The language of a person's profile, else what everybody gets."""
    wish = json.loads(user.profile).get("locale")
    wish = wish.replace("_", "-") if isinstance(wish, str) else None
    decision = negotiate(
        ui_locales=wish, library=workspace.library, fallback=workspace.fallback_language
    )
    if decision.reason is not LanguageReason.UI_LOCALES:
        return decision
    return LanguageDecision(
        tag=decision.tag,
        reason=LanguageReason.PROFILE,
        requested=decision.requested,
        match=decision.match,
    )


def _moment(user: UserRow, now: int) -> str:
    """To the minute, with the zone that it is in: the person's own where the profile names one."""
    name = json.loads(user.profile).get("zoneinfo")
    moment = datetime.fromtimestamp(now / 1000, UTC)
    if isinstance(name, str) and 0 < len(name) <= _LONGEST_ZONE:
        try:
            return f"{moment.astimezone(ZoneInfo(name)):%Y-%m-%d %H:%M} ({name})"
        except (KeyError, ValueError, OSError):
            pass  # no zone of this name is known here
    return f"{moment:%Y-%m-%d %H:%M} UTC"


def _key(address: str | None) -> str | None:
    return None if address is None else address_key(address)


def _factors(user: UserRow) -> tuple[object, ...]:
    """What a second factor is asked for by, without when it was used last."""
    mfa = sign_in_choices(user)["mfa"]
    held = sorted(
        (str(one.get("type")), str(one.get("id"))) for one in json.loads(user.mfa_verifications)
    )
    return bool(mfa.get("enabled")), bool(mfa["skipMfaOnSignIn"]), *held
