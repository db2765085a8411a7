"""The second factor: whether it is asked for, which there are, and when another is suggested.

The rules of the experience API §2.10. A person has the factors by mail and phone without having
set them up, when they are configured and the account has the address or the number.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from carteiro.errors import (
    BackupCodeRequired,
    MfaFactorNotEnabled,
    MfaPolicyNotUserControlled,
    MfaVerificationRequired,
    MissingMfa,
    SuggestAdditionalMfa,
    SuggestMfa,
)
from carteiro.experience.proofs import MFA_CODE_OF, IdentifierType
from carteiro.experience.record import InteractionRecord, PendingProfile
from carteiro.experience.resets import forgotten, proven_by, remembered, reset_by
from carteiro.experience.settings import DoorSettings, Factor, MfaPolicy
from carteiro.storage.people.users import UserRow

_OFFERED = (Factor.WEB_AUTHN, Factor.TOTP, Factor.PHONE_CODE, Factor.EMAIL_CODE)
"""The order in which factors are offered to whoever has none."""
_IMPLICIT = {
    Factor.PHONE_CODE: IdentifierType.PHONE,
    Factor.EMAIL_CODE: IdentifierType.EMAIL,
}
_SHOWN = 4


def factors_of(
    user: UserRow, settings: DoorSettings, pending: PendingProfile | None = None
) -> list[Factor]:
    """What the person has of what is configured, in the order in which it is asked for.

    Stored ones, WebAuthn first and then the one used last, phone, mail, backup codes at the end.
    """
    stored = _stored(user)
    found: list[Factor] = [one for one in stored if one is not Factor.BACKUP_CODE]
    found += [one for one, kind in _IMPLICIT.items() if _address(user, pending, kind)]
    found += [Factor.BACKUP_CODE] if Factor.BACKUP_CODE in stored else []
    return [one for one in dict.fromkeys(found) if one in settings.factors]


def address_for(user: UserRow, kind: IdentifierType, settings: DoorSettings) -> str:
    """Where the second factor's code goes. Raises ``MfaFactorNotEnabled``."""
    address = _address(user, None, kind)
    accepted = _accepted(user, factors_of(user, settings))
    if address is None or not any(_IMPLICIT.get(factor) is kind for factor in accepted):
        raise MfaFactorNotEnabled
    return address


def require_second_factor(record: InteractionRecord, user: UserRow, settings: DoorSettings) -> None:
    """Whether who is identified has proven enough. Raises ``MfaVerificationRequired``.

    Whoever has registered in this interaction has proven every address just now.
    """
    if record.registered:
        return
    held = _accepted(user, factors_of(user, settings))
    if not held or _spared(user, settings) or _is_verified(record, user, held):
        return
    raise MfaVerificationRequired(
        data={
            "availableFactors": [one.value for one in held],
            "maskedIdentifiers": masked_identifiers(user, held),
        }
    )


def require_skippable(settings: DoorSettings, *, required_by_organization: bool) -> None:
    """Whether people may do without. Raises ``MfaPolicyNotUserControlled``."""
    if required_by_organization or not settings.mfa_policy.skippable:
        raise MfaPolicyNotUserControlled


def require_set_up(
    record: InteractionRecord,
    user: UserRow,
    settings: DoorSettings,
    *,
    required_by_organization: bool,
) -> bool | None:
    """The checks at submit: what the person still has to decide or to set up.

    Returns what becomes of the account's ``mfa.enabled``, ``None`` to leave it. Raises
    ``SuggestMfa``, ``MissingMfa``, ``SuggestAdditionalMfa`` or ``BackupCodeRequired``.
    """
    if not settings.factors:
        return True if record.mfa.enabled else None
    held = factors_of(user, settings, record.profile)
    decided = _decisions(user)
    skipped = record.mfa.skipped or bool(decided.get("skipped"))
    enabled = True if record.mfa.enabled else decided.get("enabled")
    policy = settings.mfa_policy
    optional = policy.skippable and not required_by_organization
    unasked = policy is MfaPolicy.NEVER and not required_by_organization
    spared = record.registered and policy.spares_registration
    if optional and not (unasked or spared or skipped):
        if enabled is False or (enabled is None and not _counting(held)):
            raise SuggestMfa
        enabled = True
    if not (unasked or spared or (skipped and optional)):
        if not _counting(held):
            raise MissingMfa(data=_missing(settings, skippable=optional))
        _require_another(record, user, settings, held)
        if Factor.BACKUP_CODE in settings.factors and Factor.BACKUP_CODE not in held:
            raise BackupCodeRequired
    return enabled if enabled is not decided.get("enabled") else None


def decisions_after(user: UserRow, record: InteractionRecord, enabled: bool | None) -> str:
    """The account's ``logto_config`` with what was decided, or shown, in this interaction."""
    config = user.logto_config
    if any(_is_verified(record, user, [one]) for one in _IMPLICIT if one is not reset_by(user)):
        config = forgotten(config)
    stored: dict[str, Any] = json.loads(config)
    mfa = dict(stored.get("mfa", {}))
    if enabled is not None:
        mfa["enabled"] = enabled
    if record.mfa.skipped:
        mfa["skipped"] = True
    if record.mfa.suggestion_skipped:
        mfa["additionalBindingSuggestionSkipped"] = True
    if record.mfa.passkey_skipped:
        stored["passkeySignIn"] = {**stored.get("passkeySignIn", {}), "skipped": True}
    return json.dumps({**stored, "mfa": mfa} if mfa else stored, ensure_ascii=False)


def decisions_after_reset(user: UserRow, record: InteractionRecord, settings: DoorSettings) -> str:
    """The account's ``logto_config`` once its password is reset.

    Whoever has a factor of another kind and has not shown it has to, at the next sign-in: the
    channel of the reset does not count there (ASVS 6.4.3).
    """
    shown = proven_by(record)
    if len(shown) != 1 or not _counting([*{*factors_of(user, settings)} - shown]):
        return forgotten(user.logto_config)
    return remembered(user.logto_config, *shown)


def masked_identifiers(
    user: UserRow, factors: list[Factor], pending: PendingProfile | None = None
) -> dict[str, str]:
    """Addresses as the person knows them again and nobody else learns them."""
    email = _address(user, pending, IdentifierType.EMAIL) or ""
    phone = _address(user, pending, IdentifierType.PHONE) or ""
    masks = {
        Factor.EMAIL_CODE: _masked_email(email),
        Factor.PHONE_CODE: f"****{phone[-_SHOWN:]}",
    }
    return {one.value: masks[one] for one in factors if one in masks}


def _accepted(user: UserRow, held: list[Factor]) -> list[Factor]:
    """Those that are asked for: not what the password was reset by, where there is another."""
    others = [one for one in held if one is not reset_by(user)]
    return others if _counting(others) else held


def _masked_email(email: str) -> str:
    local, _, domain = email.rpartition("@")
    return f"{local[:_SHOWN] if len(local) > _SHOWN else ''}****@{domain}"


def _stored(user: UserRow) -> list[Factor]:
    """What was set up elsewhere, WebAuthn first, then the one used last."""
    entries = [one for one in json.loads(user.mfa_verifications) if one.get("type") in set(Factor)]
    entries.sort(key=_used_at, reverse=True)
    found = [Factor(one["type"]) for one in entries]
    return sorted(dict.fromkeys(found), key=lambda one: one is not Factor.WEB_AUTHN)


def _used_at(entry: Mapping[str, Any]) -> str:
    return str(entry.get("lastUsedAt") or entry.get("createdAt") or "")


def _address(user: UserRow, pending: PendingProfile | None, kind: IdentifierType) -> str | None:
    if kind is IdentifierType.EMAIL:
        return user.primary_email or (pending.primary_email if pending else None)
    return user.primary_phone or (pending.primary_phone if pending else None)


def _decisions(user: UserRow) -> dict[str, Any]:
    decided: dict[str, Any] = json.loads(user.logto_config).get("mfa", {})
    return decided


def _spared(user: UserRow, settings: DoorSettings) -> bool:
    """Whoever turned it off, where that is theirs to decide."""
    decided = _decisions(user)
    off = decided.get("enabled") is False or bool(decided.get("skipMfaOnSignIn"))
    return off and settings.mfa_policy.skippable


def _is_verified(record: InteractionRecord, user: UserRow, held: list[Factor]) -> bool:
    """Whether a code was proven that went to an address that the account has."""
    proofs = {kind: record.proof_of(MFA_CODE_OF[kind]) for kind in _IMPLICIT.values()}
    return any(
        factor in held
        and (proof := proofs[kind]) is not None
        and proof.verified
        and proof.identifier.value == _address(user, None, kind)
        for factor, kind in _IMPLICIT.items()
    )


def _counting(held: list[Factor]) -> list[Factor]:
    return [one for one in held if one is not Factor.BACKUP_CODE]


def _missing(settings: DoorSettings, *, skippable: bool) -> dict[str, Any]:
    data: dict[str, Any] = {"availableFactors": _offered(settings)}
    return {**data, "skippable": True} if skippable else data


def _offered(settings: DoorSettings) -> list[str]:
    return [one.value for one in _OFFERED if one in settings.factors]


def _require_another(
    record: InteractionRecord, user: UserRow, settings: DoorSettings, held: list[Factor]
) -> None:
    """A mailbox that signs in is no second factor of its own: another one is suggested.

    Raises ``SuggestAdditionalMfa``.
    """
    if record.mfa.suggestion_skipped:
        return
    if _decisions(user).get("additionalBindingSuggestionSkipped"):
        return
    names = [_IMPLICIT[one].value for one in held if one in _IMPLICIT]
    if len(names) < len(held) and set(held) - _IMPLICIT.keys() - {Factor.WEB_AUTHN}:
        return
    if any(name not in settings.sign_up_identifiers for name in names):
        return
    offered = _offered(settings)
    if set(offered) <= {one.value for one in held}:
        return
    raise SuggestAdditionalMfa(
        data={
            "availableFactors": offered,
            "maskedIdentifiers": masked_identifiers(user, held, record.profile),
            "isWebAuthnUsedAsSignInPasskey": False,
            "skippable": True,
            "suggestion": True,
        }
    )
