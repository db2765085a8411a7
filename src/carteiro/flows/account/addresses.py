"""Somebody takes another address or number for their account, or takes it away (§3.4)."""

from __future__ import annotations

from dataclasses import dataclass, replace

from carteiro.directory.accounts import has_other_identifier
from carteiro.directory.settings.account_center import AccountField
from carteiro.errors import (
    CarteiroError,
    LastSignInMethod,
    PhoneInUse,
    ValueTooLong,
    VerificationRecordNotFound,
)
from carteiro.experience.confirmations import shows_address
from carteiro.experience.proofs import Identifier, IdentifierType
from carteiro.flows.account.inside import Bearer, Inside
from carteiro.flows.account.rules import (
    is_own,
    require_editable,
    require_first_party,
    require_identity,
    require_scope,
)
from carteiro.flows.account.steps import Taken, take
from carteiro.flows.account.told import Change
from carteiro.flows.everywhere import forget_proofs
from carteiro.flows.guards.attempts import require_email_allowed
from carteiro.flows.guards.recipients import on_record
from carteiro.model.phones import phone_spellings
from carteiro.storage.drivers.database import Call, Question
from carteiro.storage.people import users
from carteiro.storage.people.users import UserRow
from carteiro.storage.sign_in import verifications

_LONGEST = 128


@dataclass(frozen=True, slots=True)
class _Kind:
    field: AccountField
    scope: str
    action: str


_KINDS = {
    IdentifierType.EMAIL: _Kind(AccountField.EMAIL, "email", "PrimaryEmail"),
    IdentifierType.PHONE: _Kind(AccountField.PHONE, "phone", "PrimaryPhone"),
}


async def set_address(bearer: Bearer, identifier: Identifier, proof_id: str) -> None:
    """Make an address that was proven the account's.

    Raises ``IdentityNotVerified``, ``FieldNotEditable``, ``ScopeMissing``, ``ThirdPartyForbidden``,
    the refusals of the blocklist, ``VerificationRecordNotFound``, ``ValueTooLong``, ``EmailInUse``
    or ``PhoneInUse``.
    """
    kind = _KINDS[identifier.type]
    blocked = await _blocked(bearer, identifier)

    async def work(inside: Inside) -> Taken[None]:
        _require(inside, kind)
        if blocked is not None:
            raise blocked
        proof = await verifications.find(inside.tx, bearer.asked_proof(proof_id))
        if not is_own(inside, proof) or not shows_address(proof, identifier):
            raise VerificationRecordNotFound
        if len(identifier.value) > _LONGEST:
            raise ValueTooLong(f"At most {_LONGEST} characters are stored.")
        changed = _with(inside, identifier.type, identifier.value)
        if identifier.type is IdentifierType.PHONE:
            await _require_free_phone(inside, identifier.value)
        return _taken(inside, changed)

    await take(
        bearer,
        f"{kind.action}.Update",
        work,
        payload={"identifier": on_record(identifier)},
        asks=[bearer.asked_proof(proof_id), *_asked_owners(bearer, identifier)],
    )


async def remove_address(bearer: Bearer, which: IdentifierType) -> None:
    """Take the address or the number from the account.

    Raises ``IdentityNotVerified``, ``FieldNotEditable``, ``ScopeMissing``, ``ThirdPartyForbidden``,
    ``LastSignInMethod``.
    """
    kind = _KINDS[which]

    async def work(inside: Inside) -> Taken[None]:
        _require(inside, kind)
        changed = _with(inside, which, None)
        if not has_other_identifier(changed):
            raise LastSignInMethod
        return _taken(inside, changed)

    await take(bearer, f"{kind.action}.Delete", work)


def _require(inside: Inside, kind: _Kind) -> None:
    require_identity(inside)
    require_editable(inside, kind.field)
    require_scope(inside, kind.scope)
    require_first_party(inside)


def _with(inside: Inside, which: IdentifierType, value: str | None) -> UserRow:
    if which is IdentifierType.EMAIL:
        return replace(inside.user, primary_email=value, updated_at=inside.now)
    return replace(inside.user, primary_phone=value, updated_at=inside.now)


def _taken(inside: Inside, changed: UserRow) -> Taken[None]:
    """The constraints refuse an address that somebody else has by now."""
    if replace(changed, updated_at=inside.user.updated_at) == inside.user:
        return Taken(answer=None)
    change = Change(before=inside.user, after=changed)
    return Taken(answer=None, change=change, calls=[_forget_others(inside)])


def _forget_others(inside: Inside) -> Call:
    """The address may have been another's hold on the account; the caller's own proof counts on."""
    kept = inside.proof.id if inside.proof else None
    return forget_proofs(inside.tenant_id, inside.user.id, proof_id=kept)


async def _blocked(bearer: Bearer, identifier: Identifier) -> CarteiroError | None:
    """Why the tenant does not take an address; told at its place in the step."""
    if identifier.type is not IdentifierType.EMAIL:
        return None
    workspace = await bearer.world.workspaces.of(bearer.tenant_id)
    try:
        await require_email_allowed(workspace, identifier.value)
    except CarteiroError as error:
        return error
    return None


def _asked_owners(bearer: Bearer, identifier: Identifier) -> list[Question]:
    """Who has the number in any spelling; of addresses the constraint knows each spelling."""
    if identifier.type is not IdentifierType.PHONE:
        return []
    return [users.asked_by_phone(bearer.tenant_id, *_spellings(identifier.value))]


async def _require_free_phone(inside: Inside, value: str) -> None:
    others = await users.find_by_phone(inside.tx, inside.tenant_id, *_spellings(value))
    if any(other.id != inside.user.id for other in others):
        raise PhoneInUse


def _spellings(value: str) -> list[str]:
    return [value, *(other for other in phone_spellings(value) if other != value)][:2]
