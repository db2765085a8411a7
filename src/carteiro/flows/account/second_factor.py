"""Somebody decides about their second factors (§3.4).

A code by mail or phone is nothing to set up: where the tenant has it among its factors, whoever has
an address has it. What is stored of an account are factors of other kinds.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from carteiro.directory.people import sign_in_choices
from carteiro.directory.settings.account_center import AccountField
from carteiro.errors import FactorNotFound, MfaFactorNotEnabled
from carteiro.flows.account.inside import Bearer, Inside
from carteiro.flows.account.rules import (
    require_editable,
    require_first_party,
    require_identity,
    require_scope_strictly,
    require_shown,
)
from carteiro.flows.account.steps import Taken, look, take
from carteiro.flows.account.told import Change
from carteiro.storage.people.users import UserRow

_SCOPE = "identities"
_DECIDED = ("enabled", "skipped", "skipMfaOnSignIn")
_SHOWN = ("id", "type", "name", "agent", "createdAt", "lastUsedAt")
"""Members of a stored factor that are nobody's secret."""


async def show_settings(bearer: Bearer) -> dict[str, Any]:
    """Whether the person is spared at sign-in. Raises ``Unauthorized``, ``FieldNotEnabled``."""
    return await look(bearer, lambda inside: _settings(inside, AccountField.MFA))


async def show_choices(bearer: Bearer) -> dict[str, Any]:
    """What the person has decided. Raises ``Unauthorized``, ``FieldNotEnabled``."""

    async def work(inside: Inside) -> dict[str, Any]:
        _require_shown(inside, AccountField.PASSKEY)
        return _choices(inside.user)

    return await look(bearer, work)


async def list_factors(bearer: Bearer) -> list[dict[str, Any]]:
    """What is stored, without secrets. Raises ``FieldNotEnabled``, ``Unauthorized``."""

    async def work(inside: Inside) -> list[dict[str, Any]]:
        require_shown(inside, AccountField.MFA)
        require_scope_strictly(inside, _SCOPE)
        return [
            {name: one[name] for name in _SHOWN if name in one} for one in _factors(inside.user)
        ]

    return await look(bearer, work)


async def decide(bearer: Bearer, choices: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """Note what the person decides about second factors and passkeys, member by member.

    Returns all of it. Raises ``IdentityNotVerified``, ``Unauthorized``, ``ThirdPartyForbidden``,
    ``FieldNotEditable``.
    """
    return await _decided(bearer, choices, AccountField.PASSKEY)


async def change_settings(bearer: Bearer, *, skips: bool) -> dict[str, Any]:
    """Be spared at sign-in, or not any more. Raises as ``decide``."""
    choices = {"mfa": {"skipMfaOnSignIn": skips}}
    decided = await _decided(bearer, choices, AccountField.MFA)
    return {"skipMfaOnSignIn": decided["mfa"]["skipMfaOnSignIn"]}


async def add_factor(bearer: Bearer, kind: str) -> None:
    """Factors to set up are no part of the service: they answer as what is not enabled.

    Raises as ``decide``, and ``MfaFactorNotEnabled``.
    """

    async def work(inside: Inside) -> Taken[None]:
        _require_editable(inside, AccountField.MFA)
        raise MfaFactorNotEnabled

    await take(bearer, "MfaVerification.Create", work, payload={"type": kind})


async def remove_factor(bearer: Bearer, id: str) -> None:  # noqa: A002 - the wire's name
    """Take a stored factor away. Raises as ``decide``, and ``FactorNotFound``."""

    async def work(inside: Inside) -> Taken[None]:
        _require_editable(inside, AccountField.MFA)
        found = _factors(inside.user)
        left = [one for one in found if one.get("id") != id]
        if len(left) == len(found):
            raise FactorNotFound
        stored = json.dumps(left, ensure_ascii=False)
        changed = replace(inside.user, mfa_verifications=stored, updated_at=inside.now)
        return Taken(answer=None, change=Change(before=inside.user, after=changed))

    await take(bearer, "MfaVerification.Delete", work)


async def _settings(inside: Inside, field: AccountField) -> dict[str, Any]:
    _require_shown(inside, field)
    return {"skipMfaOnSignIn": sign_in_choices(inside.user)["mfa"]["skipMfaOnSignIn"]}


async def _decided(
    bearer: Bearer, choices: Mapping[str, Mapping[str, Any]], field: AccountField
) -> dict[str, Any]:
    async def work(inside: Inside) -> Taken[dict[str, Any]]:
        _require_editable(inside, field)
        stored: dict[str, Any] = json.loads(inside.user.logto_config)
        merged = {**stored, **{key: {**stored.get(key, {}), **choices[key]} for key in choices}}
        if merged == stored:
            return Taken(answer=_choices(inside.user))
        text = json.dumps(merged, ensure_ascii=False)
        changed = replace(inside.user, logto_config=text, updated_at=inside.now)
        change = Change(before=inside.user, after=changed)
        return Taken(answer=_choices(changed), change=change)

    return await take(bearer, "MfaSettings.Update", work)


def _require_shown(inside: Inside, field: AccountField) -> None:
    require_scope_strictly(inside, _SCOPE)
    require_shown(inside, field)


def _require_editable(inside: Inside, field: AccountField) -> None:
    require_identity(inside)
    require_scope_strictly(inside, _SCOPE)
    require_first_party(inside)
    require_editable(inside, field)


def _choices(user: UserRow) -> dict[str, Any]:
    """As the wire shows them to whose they are; what a suggestion came to is not among them."""
    stored = sign_in_choices(user)
    mfa = {name: stored["mfa"][name] for name in _DECIDED if name in stored["mfa"]}
    return {"mfa": mfa, "passkeySignIn": {"skipped": stored["passkeySignIn"]["skipped"]}}


def _factors(user: UserRow) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(user.mfa_verifications)
    return found
