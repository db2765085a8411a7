"""An administrator looks after people: finds, creates, changes and deletes them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any

from carteiro import secrets
from carteiro.delivery.states import Failure
from carteiro.delivery.workspaces.workspace import Workspace
from carteiro.directory.people import sign_in_choices, user_info
from carteiro.errors import (
    CannotDeleteSelf,
    CarteiroError,
    EntityNotFound,
    NothingToStore,
)
from carteiro.experience.resets import forgotten
from carteiro.flows.administer.people.uniqueness import (
    require_free_email,
    require_free_phone,
    require_free_username,
)
from carteiro.flows.announce import announce
from carteiro.flows.back_channel import Farewell, farewells_to, tell_applications
from carteiro.flows.change import commit
from carteiro.flows.everywhere import forget_proofs, sign_out_everywhere
from carteiro.flows.existing import existing
from carteiro.flows.notices import Occasion, changes_of, notices_for
from carteiro.flows.world import World
from carteiro.model.actor import OPERATOR, Actor
from carteiro.model.limits import require_storable
from carteiro.model.message import Recipient, recipient_of
from carteiro.model.origin import Origin
from carteiro.model.page import Page, Part
from carteiro.model.phones import phone_spellings, valid_phone
from carteiro.model.search import Search
from carteiro.storage.drivers.database import Transaction
from carteiro.storage.mail import subjects
from carteiro.storage.people import roles, user_search, users
from carteiro.storage.people.users import UserRow
from carteiro.storage.sign_in import endings
from carteiro.verification.identity import recipient_hash


@dataclass(frozen=True, slots=True, kw_only=True)
class NewUser:
    """A person to create; ``password`` or an imported ``digest``, or neither."""

    username: str | None = None
    primary_email: str | None = None
    primary_phone: str | None = None
    name: str | None = None
    avatar: str | None = None
    custom_data: Mapping[str, Any] = field(default_factory=dict)
    profile: Mapping[str, Any] = field(default_factory=dict)
    password_encrypted: str | None = field(default=None, repr=False)
    password_encryption_method: str | None = None


async def find_users(world: World, tenant_id: str, search: Search, page: Page) -> Part[UserRow]:
    """A page of people, newest first. Raises ``InvalidRequestInput`` for a bad pattern."""
    return await world.database.read(lambda tx: user_search.find(tx, tenant_id, search, page))


async def get_user(world: World, tenant_id: str, id: str) -> UserRow:  # noqa: A002 - the wire's name
    """One person. Raises ``EntityNotFound``."""
    found = await world.database.read(lambda tx: users.get(tx, tenant_id, id))
    return existing(found, EntityNotFound)


async def create_user(
    world: World, tenant_id: str, new: NewUser, *, by: Actor = OPERATOR
) -> UserRow:
    """Create a person with the default roles; no mail is sent, and the address counts as verified.

    Raises ``InvalidPhone``, ``UsernameInUse``, ``EmailInUse`` or ``PhoneInUse``, in this order.
    """
    now = world.clock.now()
    row = UserRow(
        tenant_id=tenant_id,
        id=secrets.short_id(),
        username=new.username,
        primary_email=new.primary_email,
        primary_phone=None if new.primary_phone is None else valid_phone(new.primary_phone),
        name=new.name,
        avatar=new.avatar,
        custom_data=_json(new.custom_data),
        profile=_json(new.profile),
        password_encrypted=new.password_encrypted,
        password_encryption_method=new.password_encryption_method,
        password_updated_at=now if new.password_encrypted else None,
        created_at=now,
        updated_at=now,
    )

    async def work(tx: Transaction) -> None:
        await require_free_username(tx, row)
        await require_free_email(tx, row)
        await require_free_phone(tx, row)
        await users.create(tx, row)
        await roles.give_defaults(tx, tenant_id, row.id)
        target, data = {"userId": row.id}, user_info(row)
        await announce(
            tx, world, tenant_id, by, "User.Created", target=target, data=data, after=row
        )

    await commit(world, work)
    return row


async def update_user(
    world: World,
    tenant_id: str,
    id: str,  # noqa: A002 - the wire's name
    changes: Mapping[str, Any],
    *,
    by: Actor = OPERATOR,
    origin: str | None = None,
) -> UserRow:
    """Set the given columns; a password in place of another one signs the person out everywhere.

    Another address or number forgets what was proven in the person's name. Applications are told
    of a sign-out where the ``origin`` is known under which they know the tenant.

    Raises ``NothingToStore`` for none, ``InvalidPhone`` or ``EntityNotFound``, then ``EmailInUse``,
    ``PhoneInUse`` or ``UsernameInUse``.
    """
    if not changes:
        raise NothingToStore
    columns = dict(changes)
    if columns.get("primary_phone") is not None:
        columns["primary_phone"] = valid_phone(columns["primary_phone"])
    workspace = await world.workspaces.of(tenant_id)
    farewells: list[Farewell] = []

    async def work(tx: Transaction) -> UserRow:
        row = await _locked(tx, tenant_id, id)
        changed = replace(row, **columns, updated_at=world.clock.now())
        if "password_encrypted" in changes:
            changed = replace(changed, logto_config=forgotten(changed.logto_config))
        if "primary_email" in changes:
            await require_free_email(tx, changed)
        if "primary_phone" in changes and not _is_own_phone(row, changed):
            await require_free_phone(tx, changed)
        if "username" in changes:
            await require_free_username(tx, changed)
        await _store(tx, world, workspace, by, row, changed)
        farewells.clear()
        if row.password_encrypted not in {None, changed.password_encrypted}:
            farewells.extend(await farewells_to(tx, tenant_id, id, world.clock.now()))
            await tx.put(*sign_out_everywhere(tenant_id, id))
        elif _reached(row) != _reached(changed):
            # The old address may be another's hold on the account.
            await tx.put(forget_proofs(tenant_id, id))
        await _announce_update(tx, world, by, row, changed, user_info(changed))
        return changed

    changed = await commit(world, work)
    await _say(world, tenant_id, origin, farewells)
    return changed


async def merge_json(
    world: World,
    tenant_id: str,
    id: str,  # noqa: A002 - the wire's name
    column: str,
    members: Mapping[str, Any],
    *,
    by: Actor = OPERATOR,
) -> dict[str, Any]:
    """Merge members, one level deep, into ``custom_data`` or ``profile``.

    Returns the whole object. Raises ``EntityNotFound`` or, for more than one request could have
    brought, ``ValueTooLong``.
    """

    async def work(tx: Transaction) -> dict[str, Any]:
        row = await _locked(tx, tenant_id, id)
        stored: dict[str, Any] = json.loads(getattr(row, column))
        if not members:
            return stored
        merged = {**stored, **members}
        text = _json(merged)
        require_storable(text)
        columns: dict[str, Any] = {column: text, "updated_at": world.clock.now()}
        changed = replace(row, **columns)
        await users.update(tx, changed)
        await _announce_update(tx, world, by, row, changed, merged)
        return merged

    return await commit(world, work)


async def decide(
    world: World,
    tenant_id: str,
    id: str,  # noqa: A002 - the wire's name
    choices: Mapping[str, Mapping[str, Any]],
    *,
    by: Actor = OPERATOR,
) -> dict[str, Any]:
    """Note what a person decides about second factors and passkeys, member by member.

    Returns all of it. Raises ``EntityNotFound``.
    """
    workspace = await world.workspaces.of(tenant_id)

    async def work(tx: Transaction) -> dict[str, Any]:
        row = await _locked(tx, tenant_id, id)
        if not choices:
            return sign_in_choices(row)
        stored: dict[str, Any] = json.loads(row.logto_config)
        merged = {**stored, **{key: {**stored.get(key, {}), **choices[key]} for key in choices}}
        changed = replace(row, logto_config=_json(merged), updated_at=world.clock.now())
        await _store(tx, world, workspace, by, row, changed)
        shown = sign_in_choices(changed)
        await _announce_update(tx, world, by, row, changed, shown)
        return shown

    return await commit(world, work)


async def suspend_user(
    world: World,
    tenant_id: str,
    id: str,  # noqa: A002 - the wire's name
    *,
    suspended: bool,
    by: Actor = OPERATOR,
    origin: str | None = None,
) -> UserRow:
    """Shut a person out, or let them in again. Raises ``EntityNotFound``.

    Who is shut out is signed out everywhere; what outlives sessions waits until they are let in.
    Applications are told of it as ``update_user`` does.
    """
    farewells: list[Farewell] = []

    async def work(tx: Transaction) -> UserRow:
        now = world.clock.now()
        farewells.clear()
        if suspended:
            farewells.extend(await farewells_to(tx, tenant_id, id, now))
            # Before the person's row is locked, as whoever consents locks their session first.
            await endings.end_sessions_of(tx, tenant_id, id, now)
        row = await _locked(tx, tenant_id, id)
        changed = replace(row, is_suspended=suspended, updated_at=now)
        await users.update(tx, changed)
        await announce(
            tx,
            world,
            tenant_id,
            by,
            "User.SuspensionStatus.Updated",
            target={"userId": id},
            data=user_info(changed),
            before=row,
            after=changed,
        )
        return changed

    changed = await commit(world, work)
    await _say(world, tenant_id, origin, farewells)
    return changed


async def delete_user(
    world: World,
    tenant_id: str,
    id: str,  # noqa: A002 - the wire's name
    *,
    by: Actor = OPERATOR,
) -> None:
    """Delete, with what waits to be mailed. Raises ``CannotDeleteSelf``, ``EntityNotFound``."""
    if by.user_id == id:
        raise CannotDeleteSelf

    async def work(tx: Transaction) -> None:
        row = await _locked(tx, tenant_id, id)
        await users.delete(tx, tenant_id, id)
        for recipient in _recipients(row):
            hashed = recipient_hash(world.keyring, tenant_id, recipient)
            await subjects.void(tx, tenant_id, hashed, Failure.RECIPIENT_DELETED)
        target, data = {"userId": id}, user_info(row)
        # What is gone has no password to speak of: the wire leaves the member out here.
        del data["hasPassword"]
        await announce(
            tx, world, tenant_id, by, "User.Deleted", target=target, data=data, before=row
        )

    await commit(world, work)


async def _say(
    world: World, tenant_id: str, origin: str | None, farewells: Sequence[Farewell]
) -> None:
    if origin is not None:
        await tell_applications(world, tenant_id, origin, farewells)


def _reached(row: UserRow) -> tuple[str | None, str | None]:
    """Where a person proves who they are."""
    return row.primary_email, row.primary_phone


def _recipients(row: UserRow) -> Iterator[Recipient]:
    """Where a person is written to; what was imported may be no address."""
    for text in (row.primary_email, row.primary_phone):
        with suppress(CarteiroError):
            if text is not None:
                yield recipient_of(text)


async def _locked(tx: Transaction, tenant_id: str, id: str) -> UserRow:  # noqa: A002 - the wire's name
    return existing(await users.lock(tx, tenant_id, id), EntityNotFound)


async def _store(
    tx: Transaction,
    world: World,
    workspace: Workspace,
    by: Actor,
    before: UserRow,
    after: UserRow,
) -> None:
    """Store a changed row, and tell the person of it by mail, in one round trip."""
    occasion = Occasion(
        before=before,
        after=after,
        by=by,
        by_person=by.user_id == after.id,
        origin=Origin(application_id=by.application_id),
    )
    told = notices_for(world, workspace, changes_of(before, after), occasion)
    await tx.together(users.updating(after), *told.calls)
    await tx.enqueue(*told.jobs)


async def _announce_update(
    tx: Transaction,
    world: World,
    by: Actor,
    before: UserRow,
    after: UserRow,
    data: Mapping[str, Any],
) -> None:
    await announce(
        tx,
        world,
        after.tenant_id,
        by,
        "User.Data.Updated",
        target={"userId": after.id},
        data=data,
        before=before,
        after=after,
    )


def _is_own_phone(before: UserRow, after: UserRow) -> bool:
    own = phone_spellings(before.primary_phone) if before.primary_phone else ()
    return after.primary_phone in own


def _json(value: Mapping[str, Any]) -> str:
    return json.dumps(value, ensure_ascii=False)
