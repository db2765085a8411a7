"""`/api/users`."""

from __future__ import annotations

import json
from typing import Any

from fastapi import Request, Response
from fastapi.responses import StreamingResponse

from carteiro.api.answers import people
from carteiro.api.answers.shapes import Members
from carteiro.api.fields import require_short
from carteiro.api.management.flags import flag
from carteiro.api.management.searching import read_search
from carteiro.api.management.users.schemas import (
    CreateUser,
    CustomData,
    LogtoConfigs,
    NewPassword,
    PasswordExpiry,
    ProfileChange,
    Suspension,
    UpdateUser,
    given,
    user_response,
)
from carteiro.api.pagination import Paged, tell_total
from carteiro.api.preconditions import Shown
from carteiro.api.profile import Profile
from carteiro.api.route import Caller
from carteiro.api.router import ApiRouter
from carteiro.api.scopes import PEOPLE
from carteiro.directory.people import sign_in_choices
from carteiro.errors import PasswordAlgorithmRequired, PasswordAndDigest
from carteiro.flows import stored_passwords
from carteiro.flows.administer.people import passwords
from carteiro.flows.administer.people import users as flow
from carteiro.flows.administer.people.erase_person import erase_person
from carteiro.flows.administer.people.export_person import export_person
from carteiro.flows.administer.people.users import NewUser

router = ApiRouter(
    tag="Users",
    needs=PEOPLE,
    answers={
        "list_users": list[people.User],
        "create_user": people.User,
        "get_user": people.User,
        "update_user": people.User,
        "get_custom_data": Members,
        "merge_custom_data": Members,
        "merge_profile": Profile,
        "set_password": people.User,
        "expire_password": people.User,
        "has_password": people.HasPassword,
        "suspend_user": people.User,
        "list_mfa_verifications": list[Members],
        "export_user": people.PersonalData,
        "get_logto_configs": LogtoConfigs,
        "merge_logto_configs": LogtoConfigs,
    },
    shown={
        "merge_profile": Shown(by="get_user"),
        "set_password": Shown(by="get_user"),
        "expire_password": Shown(by="get_user"),
        "suspend_user": Shown(by="get_user"),
    },
)


@router.get("/users")
async def list_users(
    caller: Caller, request: Request, response: Response, page: Paged
) -> list[dict[str, Any]]:
    """People, newest first. `search` looks at all fields, `search.<field>` at one.

    `mode` (`like`, `exact`, `similar_to`, `posix`), `joint` (`or`, `and`) and `isCaseSensitive` say
    how; `excludeRoleId` and `excludeOrganizationId` leave people out. A search is counted up to
    10,001 (`Total-Number-Is-Capped`).
    """
    search = read_search(request.query_params)
    found = await flow.find_users(caller.world, caller.tenant_id, search, page)
    tell_total(request, response, page, found.total, capped=found.capped)
    with_password = flag(request.query_params.get("includePasswordHash", ""))
    return [user_response(row, with_password=with_password) for row in found.rows]


@router.post("/users")
async def create_user(caller: Caller, body: CreateUser) -> dict[str, Any]:
    """Create a person. No mail is sent; the address counts as verified."""
    require_short(body.username, body.primary_email, body.primary_phone)
    new = NewUser(
        username=body.username,
        primary_email=body.primary_email,
        primary_phone=body.primary_phone,
        name=body.name or None,
        avatar=body.avatar or None,
        custom_data=body.custom_data or {},
        profile=given(body.profile) if body.profile else {},
        **await _password(caller, body),
    )
    return user_response(await flow.create_user(caller.world, caller.tenant_id, new, by=caller.by))


@router.get("/users/{userId}")
async def get_user(
    caller: Caller,
    userId: str,
    includePasswordHash: str = "",
    includeSsoIdentities: str = "",
) -> dict[str, Any]:
    """One person. There is no single sign-on here: `ssoIdentities` is empty."""
    row = await flow.get_user(caller.world, caller.tenant_id, userId)
    shown = user_response(row, with_password=flag(includePasswordHash))
    return {**shown, "ssoIdentities": []} if flag(includeSsoIdentities) else shown


@router.patch("/users/{userId}")
async def update_user(caller: Caller, userId: str, body: UpdateUser) -> dict[str, Any]:
    """Change a person; `customData` and `profile` are replaced as a whole; `{}` is refused."""
    columns = body.columns()
    if body.custom_data is not None:
        columns["custom_data"] = json.dumps(body.custom_data, ensure_ascii=False)
    if body.profile is not None:
        columns["profile"] = json.dumps(given(body.profile), ensure_ascii=False)
    row = await flow.update_user(
        caller.world, caller.tenant_id, userId, columns, by=caller.by, origin=caller.origin
    )
    return user_response(row)


@router.delete("/users/{userId}", status_code=204, response_class=Response)
async def delete_user(caller: Caller, userId: str) -> None:
    """Delete a person with their memberships, roles and invitations."""
    await flow.delete_user(caller.world, caller.tenant_id, userId, by=caller.by)


@router.get("/users/{userId}/export")
async def export_user(caller: Caller, userId: str) -> Response:
    """Everything that is held of a person, by table, streamed; what is secret is only named."""
    pieces = await export_person(caller.world, caller.tenant_id, userId, by=caller.by)
    return StreamingResponse(pieces, media_type="application/json")


@router.post("/users/{userId}/erasure", status_code=204, response_class=Response)
async def erase_user(caller: Caller, userId: str) -> None:
    """Erase a person: everything of them is gone, and the audit log names nobody.

    409 says that a mail to them is being sent; ask again then. It can be asked for again at any
    time, also where it was broken off.
    """
    await erase_person(caller.world, caller.tenant_id, userId, by=caller.by)


@router.get("/users/{userId}/custom-data")
async def get_custom_data(caller: Caller, userId: str) -> dict[str, Any]:
    """A person's custom data."""
    return _json((await flow.get_user(caller.world, caller.tenant_id, userId)).custom_data)


@router.patch("/users/{userId}/custom-data")
async def merge_custom_data(caller: Caller, userId: str, body: CustomData) -> dict[str, Any]:
    """Merge members into a person's custom data, one level deep."""
    return await flow.merge_json(
        caller.world, caller.tenant_id, userId, "custom_data", body.custom_data, by=caller.by
    )


@router.patch("/users/{userId}/profile")
async def merge_profile(caller: Caller, userId: str, body: ProfileChange) -> dict[str, Any]:
    """Merge members into a person's profile, one level deep."""
    return await flow.merge_json(
        caller.world, caller.tenant_id, userId, "profile", given(body.profile), by=caller.by
    )


@router.patch("/users/{userId}/password")
async def set_password(caller: Caller, userId: str, body: NewPassword) -> dict[str, Any]:
    """Give a person a password; no policy is asked."""
    row = await passwords.set_password(
        caller.world,
        caller.tenant_id,
        userId,
        body.password,
        by=caller.by,
        origin=caller.origin,
    )
    return user_response(row)


@router.patch("/users/{userId}/password/expiration")
async def expire_password(caller: Caller, userId: str, body: PasswordExpiry) -> dict[str, Any]:
    """Have a person choose a new password at the next sign-in, or no more."""
    row = await passwords.expire_password(
        caller.world, caller.tenant_id, userId, expired=body.is_expired, by=caller.by
    )
    return user_response(row)


@router.post("/users/{userId}/password/verify", status_code=204, response_class=Response)
async def verify_password(caller: Caller, userId: str, body: NewPassword) -> None:
    """Compare a password with the person's."""
    await passwords.check_password(caller.world, caller.tenant_id, userId, body.password)


@router.get("/users/{userId}/has-password")
async def has_password(caller: Caller, userId: str) -> dict[str, bool]:
    """Whether the person has a password."""
    row = await flow.get_user(caller.world, caller.tenant_id, userId)
    return {"hasPassword": row.password_encrypted is not None}


@router.patch("/users/{userId}/is-suspended")
async def suspend_user(caller: Caller, userId: str, body: Suspension) -> dict[str, Any]:
    """Shut a person out, or let them in again."""
    row = await flow.suspend_user(
        caller.world,
        caller.tenant_id,
        userId,
        suspended=body.is_suspended,
        by=caller.by,
        origin=caller.origin,
    )
    return user_response(row)


@router.get("/users/{userId}/mfa-verifications")
async def list_mfa_verifications(caller: Caller, userId: str) -> list[dict[str, Any]]:
    """A person's second factors. Email and phone are none of them: the policy makes them one."""
    row = await flow.get_user(caller.world, caller.tenant_id, userId)
    shown: list[dict[str, Any]] = json.loads(row.mfa_verifications)
    return shown


@router.get("/users/{userId}/logto-configs")
async def get_logto_configs(caller: Caller, userId: str) -> dict[str, Any]:
    """What a person has decided about second factors and passkeys."""
    return sign_in_choices(await flow.get_user(caller.world, caller.tenant_id, userId))


@router.patch("/users/{userId}/logto-configs")
async def merge_logto_configs(caller: Caller, userId: str, body: LogtoConfigs) -> dict[str, Any]:
    """Change what a person has decided about second factors and passkeys."""
    return await flow.decide(caller.world, caller.tenant_id, userId, given(body), by=caller.by)


async def _password(caller: Caller, body: CreateUser) -> dict[str, str]:
    """The columns of the password that a new person has. Raises what is wrong with it."""
    if body.password is not None:
        if body.password_digest is not None:
            raise PasswordAndDigest
        return await stored_passwords.hashed(caller.world, body.password)
    if body.password_digest is None:
        return {}
    if body.password_algorithm is None:
        raise PasswordAlgorithmRequired
    return stored_passwords.imported(body.password_algorithm, body.password_digest)


def _json(text: str) -> dict[str, Any]:
    value: dict[str, Any] = json.loads(text)
    return value
