"""Somebody sees their account, and changes what they say of themselves (§3.4)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from carteiro.directory.accounts import account_info, has_other_identifier, shown_profile
from carteiro.directory.settings.account_center import AccountField
from carteiro.errors import LastSignInMethod, UsernameInUse, ValueTooLong
from carteiro.experience.guards.lockouts import Identifier, IdentifierKind
from carteiro.experience.guards.usernames import is_case_sensitive, require_username
from carteiro.flows.account.inside import Bearer, Inside
from carteiro.flows.account.rules import (
    require_editable,
    require_first_party,
    require_identity,
    require_scope,
)
from carteiro.flows.account.steps import Taken, look, take
from carteiro.flows.account.told import Change
from carteiro.flows.guards.find_person import find_person
from carteiro.model.limits import MAX_OWN_DATA
from carteiro.storage.people.users import UserRow
from carteiro.storage.tenancy import tenants

_FIELDS = {
    "name": AccountField.NAME,
    "avatar": AccountField.AVATAR,
    "username": AccountField.USERNAME,
    "custom_data": AccountField.CUSTOM_DATA,
}
"""By the column."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What somebody says of themselves in one form; a member that is ``None`` is taken away."""

    columns: Mapping[str, Any] = field(default_factory=dict)
    """``name`` and ``avatar``, as far as they change."""
    profile: Mapping[str, Any] = field(default_factory=dict)
    custom_data: Mapping[str, Any] = field(default_factory=dict)


async def show(bearer: Bearer) -> dict[str, Any]:
    """The account, as far as the token's scopes and the tenant's switches show it."""

    async def work(inside: Inside) -> dict[str, Any]:
        return account_info(inside.user, inside.row.scopes, inside.center)

    return await look(bearer, work)


async def change_account(bearer: Bearer, columns: Mapping[str, Any]) -> dict[str, Any]:
    """Set name, avatar, user name and custom data; the last is replaced as a whole.

    Returns the account. Raises ``FieldNotEditable``, ``ScopeMissing``, ``ThirdPartyForbidden``;
    for a user name ``IdentityNotVerified``, ``LastSignInMethod``, a ``UsernameRefused`` and
    ``UsernameInUse``; ``ValueTooLong``.
    """

    async def work(inside: Inside) -> Taken[dict[str, Any]]:
        require_editable(inside, *(_FIELDS[name] for name in columns))
        require_scope(inside, "profile")
        if "custom_data" in columns:
            require_scope(inside, "custom_data")
        require_first_party(inside)
        changed = replace(inside.user, **columns)
        if "username" in columns:
            require_identity(inside)
            await _require_username(inside, changed)
        _require_small(changed.custom_data, inside.user.custom_data)
        if changed == inside.user:
            return Taken(answer=account_info(changed, inside.row.scopes, inside.center))
        changed = replace(changed, updated_at=inside.now)
        return Taken(
            answer=account_info(changed, inside.row.scopes, inside.center),
            change=Change(before=inside.user, after=changed),
        )

    return await take(bearer, "Profile.Update", work)


async def change_profile(bearer: Bearer, members: Mapping[str, Any]) -> dict[str, Any]:
    """Merge members into the profile, one level deep. Returns the profile.

    Raises ``FieldNotEditable``, ``ScopeMissing``, ``ThirdPartyForbidden``, ``ValueTooLong``.
    """

    async def work(inside: Inside) -> Taken[dict[str, Any]]:
        require_editable(inside, AccountField.PROFILE)
        require_scope(inside, "profile")
        if "address" in members:
            require_scope(inside, "address")
        require_first_party(inside)
        stored: dict[str, Any] = json.loads(inside.user.profile)
        text = json.dumps({**stored, **members}, ensure_ascii=False)
        _require_small(text, inside.user.profile)
        changed = replace(inside.user, profile=text, updated_at=inside.now)
        answer = shown_profile(changed, inside.row.scopes)
        if {**stored, **members} == stored:
            return Taken(answer=answer)
        return Taken(answer=answer, change=Change(before=inside.user, after=changed))

    return await take(bearer, "Profile.Update", work)


async def change_said(bearer: Bearer, said: Said) -> None:
    """Keep all that a form says, or nothing of it; what it does not name stays as it is.

    Raises ``FieldNotEditable``, ``ScopeMissing``, ``ThirdPartyForbidden``, ``ValueTooLong``.
    """

    async def work(inside: Inside) -> Taken[None]:
        fields = {_FIELDS[name] for name in said.columns}
        fields |= {AccountField.PROFILE} if said.profile else set()
        fields |= {AccountField.CUSTOM_DATA} if said.custom_data else set()
        require_editable(inside, *fields)
        require_scope(inside, "profile")
        if "address" in said.profile:
            require_scope(inside, "address")
        if said.custom_data:
            require_scope(inside, "custom_data")
        require_first_party(inside)
        user = inside.user
        changed = replace(
            user,
            **said.columns,
            profile=_merged(user.profile, said.profile),
            custom_data=_merged(user.custom_data, said.custom_data),
        )
        if changed == user:
            return Taken(answer=None)
        changed = replace(changed, updated_at=inside.now)
        return Taken(answer=None, change=Change(before=user, after=changed))

    await take(bearer, "Profile.Update", work)


def _merged(stored: str, members: Mapping[str, Any]) -> str:
    """Stored JSON with members in it or out of it. Raises ``ValueTooLong``."""
    if not members:
        return stored
    values = {**json.loads(stored), **members}
    text = json.dumps(
        {name: value for name, value in values.items() if value is not None or name not in members},
        ensure_ascii=False,
    )
    _require_small(text, stored)
    return text


def _require_small(text: str, stored: str) -> None:
    """What an administrator has stored may be longer, and then only shrinks."""
    if len(text) > max(MAX_OWN_DATA, len(stored)):
        raise ValueTooLong(f"At most {MAX_OWN_DATA} characters are kept.")


async def _require_username(inside: Inside, changed: UserRow) -> None:
    name = changed.username
    if name is None:
        if not has_other_identifier(changed):
            raise LastSignInMethod
        return
    policy = inside.workspace.experience["usernamePolicy"]
    require_username(name, policy)
    if not is_case_sensitive(policy):
        # The constraint compares exactly, so whoever else takes a name has to wait.
        await tenants.lock(inside.tx, inside.tenant_id)
        target = Identifier(kind=IdentifierKind.USERNAME, value=name)
        other = await find_person(inside.tx, inside.tenant_id, target, policy)
        if other is not None and other.id != inside.user.id:
            raise UsernameInUse
