"""Who calls at the door, and everything that a step of theirs gets to know."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from carteiro.delivery.workspaces.workspace import Workspace
from carteiro.experience.record import InteractionEvent, InteractionRecord
from carteiro.experience.settings import DoorSettings
from carteiro.flows.sign_in.provider.interactions import look
from carteiro.flows.world import World
from carteiro.languages.negotiate import LanguageDecision, LanguageReason, negotiate
from carteiro.languages.tags import MatchKind
from carteiro.model.actor import Actor
from carteiro.model.origin import Origin
from carteiro.storage.drivers.database import Transaction
from carteiro.storage.sign_in.interactions import Interaction


@dataclass(frozen=True, slots=True, kw_only=True)
class Guest:
    """Who calls: the browser with its interaction. ``browser`` is the cookie of known browsers."""

    world: World
    tenant_id: str
    origin: str
    uid: str
    by: Actor
    locales: Sequence[str] = ()
    accept_language: str | None = None
    browser: str | None = field(default=None, repr=False)
    began: float = field(default_factory=time.perf_counter)
    """When the call came (``time.perf_counter()``)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Here:
    """What a step works on, while nobody else does."""

    guest: Guest
    tx: Transaction
    interaction: Interaction
    record: InteractionRecord
    settings: DoorSettings
    workspace: Workspace
    now: int

    @property
    def world(self) -> World:
        """The opened world."""
        return self.guest.world

    @property
    def tenant_id(self) -> str:
        """Whose door it is."""
        return self.guest.tenant_id

    @property
    def by(self) -> Actor:
        """Who acts: a person, named as soon as they are identified."""
        return acting(self.guest, self.interaction, self.record)

    @property
    def told(self) -> dict[str, Any]:
        """What stands at the top of each webhook of this interaction."""
        return envelope(self.guest, self.interaction, self.record.event, self.workspace)


async def visited(guest: Guest) -> tuple[Interaction, InteractionRecord]:
    """The interaction as it stands. Raises ``SessionNotFound``, ``InteractionNotFound``."""
    interaction = await look(guest.world, guest.tenant_id, guest.uid)
    return interaction, InteractionRecord.from_wire(interaction.record)


def here_of(
    guest: Guest,
    tx: Transaction,
    interaction: Interaction,
    workspace: Workspace,
    record: InteractionRecord | None = None,
) -> Here:
    """Everything that a step needs to know."""
    return Here(
        guest=guest,
        tx=tx,
        interaction=interaction,
        record=record or InteractionRecord.from_wire(interaction.record),
        settings=door_settings(workspace),
        workspace=workspace,
        now=guest.world.clock.now(),
    )


def door_settings(workspace: Workspace) -> DoorSettings:
    """The tenant's settings as the rules at the door read them."""
    known = workspace.kept(DoorSettings, "")
    if known is None:
        known = DoorSettings.of(
            workspace.experience,
            has_email=workspace.email is not None,
            has_sms=workspace.sms is not None,
        )
        workspace.keep("", known)
    return known


def language_of(guest: Guest, interaction: Interaction, workspace: Workspace) -> dict[str, Any]:
    """The language of everything that is said in this interaction: decided once.

    The authorization request's ``ui_locales`` go before what the browser asks for.
    """
    if interaction.language is not None:
        return dict(interaction.language)
    decision = negotiate(
        ui_locales=interaction.params.get("ui_locales"),
        query_locales=guest.locales,
        accept_language=guest.accept_language,
        library=workspace.library,
        fallback=workspace.fallback_language,
        auto_detect=workspace.auto_detect,
    )
    # Written out: for every page, and ``dataclasses.asdict`` copies what it finds.
    found = {
        "tag": decision.tag,
        "reason": decision.reason,
        "requested": decision.requested,
        "match": decision.match,
        "unserved": decision.unserved,
    }
    return {name: value for name, value in found.items() if value is not None}


def decided(guest: Guest, interaction: Interaction, workspace: Workspace) -> LanguageDecision:
    """The same, for a mail."""
    stored = language_of(guest, interaction, workspace)
    match = stored.get("match")
    return LanguageDecision(
        tag=stored["tag"],
        reason=LanguageReason(stored["reason"]),
        requested=stored.get("requested"),
        match=None if match is None else MatchKind(match),
        unserved=stored.get("unserved"),
    )


def sent_for(interaction: Interaction) -> Origin:
    """What mails of this interaction are sent for: the application and the organization asked for.

    Both are as the authorization request has them.
    """
    organization_id = interaction.params.get("organization_id")
    return Origin(
        organization_id=organization_id if isinstance(organization_id, str) else None,
        application_id=interaction.client_id,
    )


def acting(guest: Guest, interaction: Interaction, record: InteractionRecord) -> Actor:
    """The person who calls, as the audit log and webhooks name them."""
    return guest.by.acting(
        application_id=interaction.client_id, user_id=record.user_id, at_door=True
    )


def envelope(
    guest: Guest, interaction: Interaction, event: InteractionEvent, workspace: Workspace
) -> dict[str, Any]:
    """The members that every webhook of an interaction has (management API §7.2)."""
    return {
        "interactionEvent": event.value,
        "applicationId": interaction.client_id,
        "sessionId": guest.uid,
        "locale": language_of(guest, interaction, workspace)["tag"],
    }
