"""Everything that a page of an interaction shows, from memory and one round trip."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from carteiro.delivery.workspaces.workspace import Workspace
from carteiro.directory.applications import BUILT_IN
from carteiro.directory.settings.public_experience import with_looks
from carteiro.errors import InteractionNotFound
from carteiro.experience.record import InteractionRecord
from carteiro.experience.settings import DoorSettings
from carteiro.flows.sign_in.door.guests import Guest, door_settings, language_of
from carteiro.flows.sign_in.screens.state import ScreenState
from carteiro.flows.sign_in.show_settings import experience_of, texts_of
from carteiro.flows.world import World
from carteiro.languages.spoken import Spoken
from carteiro.oidc.errors import SessionNotFound
from carteiro.oidc.screens import Extras, extras_of
from carteiro.storage.sign_in import screens
from carteiro.storage.sign_in.interactions import Interaction
from carteiro.storage.sign_in.screens import ClientLook, Look, ScreenRow


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What a page shows. ``experience`` is what anybody may read of the settings, in this look.

    ``name`` is whose page it is; ``record`` is ``None`` before the person has begun. ``account`` is
    what whoever is signed in already is called.
    """

    interaction: Interaction
    record: InteractionRecord | None = field(repr=False)
    state: ScreenState
    settings: DoorSettings
    workspace: Workspace = field(repr=False)
    experience: Mapping[str, Any] = field(repr=False)
    extras: Extras
    name: str
    client: ClientLook | None
    account: str | None
    spoken: Spoken
    now: int


async def show(guest: Guest) -> Shown:
    """Look. Raises ``SessionNotFound``, ``UnknownTenant``."""
    world, tenant_id = guest.world, guest.tenant_id
    workspace = await world.workspaces.of(tenant_id)
    now = world.clock.now()
    row = await world.database.read(
        lambda tx: screens.get(tx, tenant_id, guest.uid, now), quick=True
    )
    if row is None:
        raise SessionNotFound
    return await seen(guest, row, workspace, now)


async def seen(guest: Guest, row: ScreenRow, workspace: Workspace, now: int) -> Shown:
    """The same of a row that was read after this workspace was got."""
    tag = language_of(guest, row.interaction, workspace)["tag"]
    return shown_of(row, workspace, await spoken_in(guest.world, workspace, tag), now)


def shown_of(row: ScreenRow, workspace: Workspace, spoken: Spoken, now: int) -> Shown:
    """What is shown of a row that was read."""
    interaction, client = row.interaction, row.client
    extras = extras_of(interaction.params)
    # A request that is wrong in one place asks for no organization's look either.
    organization = row.organization if extras.organization_id else None
    experience = _settled(workspace).experience
    for look in (None if client and client.is_third_party else client, organization):
        if look is not None:
            experience = with_looks(experience, _wire(look))
    return Shown(
        interaction=interaction,
        record=_record(interaction),
        state=ScreenState.from_wire(row.remembered),
        settings=door_settings(workspace),
        workspace=workspace,
        experience=experience,
        extras=extras,
        name=_name(interaction.client_id, client, organization),
        client=client,
        account=row.account,
        spoken=spoken,
        now=now,
    )


@dataclass(frozen=True, slots=True)
class _Settled:
    """What the tenant's settings say to every page, kept until they change."""

    experience: Mapping[str, Any]


def _settled(workspace: Workspace) -> _Settled:
    kept = workspace.kept(_Settled, "")
    if kept is None:
        kept = _Settled(experience_of(workspace))
        workspace.keep("", kept)
    return kept


async def spoken_in(world: World, workspace: Workspace, tag: str) -> Spoken:
    """The texts of a language, the tenant's among them; read once and kept."""
    kept = workspace.kept(Spoken, tag)
    if kept is None:
        kept = Spoken(tag, await texts_of(world, workspace, tag))
        workspace.keep(tag, kept)
    return kept


def _record(interaction: Interaction) -> InteractionRecord | None:
    """What the person has done; nothing where that is no login (a consent has another record)."""
    try:
        return InteractionRecord.from_wire(interaction.record)
    except InteractionNotFound:
        return None


def _name(client_id: str, client: ClientLook | None, organization: Look | None) -> str:
    if organization is not None:
        return organization.name
    if client is not None:
        return client.name
    return BUILT_IN[client_id][0] if client_id in BUILT_IN else ""


def _wire(look: Look) -> dict[str, Any]:
    return {"color": look.color, "branding": look.branding, "customCss": look.custom_css}
