"""The second factor by mail or phone: sent, typed, set up, put off (experience API §2.10)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial

from carteiro import secrets
from carteiro.errors import (
    IdentifierNotFound,
    MfaFactorNotEnabled,
    NobodyToVerify,
    NotSupportedForForgotPassword,
    VerificationSessionNotFound,
)
from carteiro.experience.proofs import CODE_OF, MFA_CODE_OF, Identifier, IdentifierType, Proof
from carteiro.experience.record import InteractionEvent, InteractionRecord, PendingMfa
from carteiro.experience.second_factor import (
    address_for,
    require_second_factor,
    require_skippable,
)
from carteiro.flows.guards.attempts import Attempt, budget_of
from carteiro.flows.guards.networks import asked_of_network
from carteiro.flows.guards.tries import counting_a_try
from carteiro.flows.sign_in.door.blocklist import email_refusal
from carteiro.flows.sign_in.door.codes import redeem, send
from carteiro.flows.sign_in.door.complete_profile import with_address
from carteiro.flows.sign_in.door.guests import Guest, Here, door_settings, visited
from carteiro.flows.sign_in.door.people import person_of
from carteiro.flows.sign_in.door.steps import Taken, take, watched
from carteiro.model.kinds import TemplateType
from carteiro.storage.drivers.database import Transaction
from carteiro.storage.people import organizations, users
from carteiro.storage.people.users import UserRow


async def send_second_code(guest: Guest, kind: IdentifierType) -> str:
    """Send a code to where the identified person is reached. Returns the proof's id.

    Raises ``NobodyToVerify``, ``MfaFactorNotEnabled``, ``MessageRateLimited``, or what sending
    raises.
    """
    interaction, record = await visited(guest)
    workspace = await guest.world.workspaces.of(guest.tenant_id)
    action = f"Verification.{CODE_OF[kind].value}.Create"

    async with watched(guest, interaction, record, action, {}):
        user = await _seen(guest, record.user_id)
        if user is None:
            raise NobodyToVerify
        address = address_for(user, kind, door_settings(workspace))
    identifier = Identifier(kind, address)
    attempt = Attempt(identifier=identifier.target, by=guest.by, cookie=guest.browser)
    return await send(
        guest,
        interaction,
        record,
        Proof(
            id=secrets.standard_id(),
            type=MFA_CODE_OF[kind],
            identifier=identifier,
            template=TemplateType.MFA_VERIFICATION.value,
        ),
        action=action,
        own=await budget_of(guest.world, workspace, attempt),
        quietly=False,
        discreetly=False,
        withheld=False,
        payload={"identifier": identifier.to_wire()},
    )


async def _seen(guest: Guest, user_id: str | None) -> UserRow | None:
    if user_id is None:
        return None
    found = user_id

    async def work(tx: Transaction) -> UserRow | None:
        return await users.get(tx, guest.tenant_id, found)

    return await guest.world.database.read(work)


async def verify_second_code(guest: Guest, kind: IdentifierType, proof_id: str, typed: str) -> str:
    """Redeem it.

    Raises ``VerificationSessionNotFound``, a ``VerificationError``, or ``TooManyAttempts``
    whatever was typed.
    """

    async def work(here: Here) -> Taken[str]:
        proof = here.record.proof(proof_id)
        if proof is None or proof.type is not MFA_CODE_OF[kind]:
            raise VerificationSessionNotFound
        taken = await redeem(here, proof, typed, given=proof.identifier.value)
        said = {"identifier": proof.identifier.to_wire(), "verificationId": proof_id}
        return replace(taken, payload={"payload": said})

    action = f"Verification.{CODE_OF[kind].value}.Submit"
    payload = {"payload": {"verificationId": proof_id}}
    workspace = await guest.world.workspaces.of(guest.tenant_id)
    asks = partial(asked_of_network, guest.world, workspace, guest.by.ip)
    with counting_a_try(guest.world):
        return await take(guest, action, work, payload=payload, asks=asks)


async def bind_address(guest: Guest, kind: IdentifierType, proof_id: str) -> None:
    """Make a proven address the account's, and a second factor with that.

    Raises as ``complete_profile.set_address`` does.
    """
    blocked = await email_refusal(guest, proof_id)

    async def work(here: Here) -> Taken[None]:
        user = await _require_entitled(here)
        proof, profile = await with_address(here, user, kind, proof_id, blocked)
        planted = replace(
            proof,
            id=secrets.standard_id(),
            type=MFA_CODE_OF[kind],
            template=TemplateType.MFA_VERIFICATION.value,
        )
        record = replace(
            here.record.with_new(planted),
            profile=profile,
            mfa=replace(here.record.mfa, enabled=True),
        )
        return Taken(answer=None, record=record)

    action = f"BindMfa.{CODE_OF[kind].value}.Submit"
    await take(guest, action, work, payload={"verificationId": proof_id})


async def bind_other(guest: Guest, factor: str, proof_id: str) -> None:
    """Set up a factor that is no part of the service. Raises ``MfaFactorNotEnabled``, last."""

    async def work(here: Here) -> Taken[None]:
        await _require_entitled(here)
        raise MfaFactorNotEnabled

    await take(guest, f"BindMfa.{factor}.Submit", work, payload={"verificationId": proof_id})


async def turn_on(guest: Guest) -> None:
    """The person wants a second factor."""
    await _decide(guest, lambda mfa: replace(mfa, enabled=True))


async def skip(guest: Guest) -> None:
    """The person does without. Raises ``MfaPolicyNotUserControlled`` where nobody may."""
    await _decide(guest, lambda mfa: replace(mfa, skipped=True), skips=True)


async def skip_suggestion(guest: Guest) -> None:
    """The person wants no further factor."""
    await _decide(guest, lambda mfa: replace(mfa, suggestion_skipped=True))


async def skip_passkey(guest: Guest) -> None:
    """The person wants no passkey."""
    await _decide(guest, lambda mfa: replace(mfa, passkey_skipped=True))


async def required_by_organization(here: Here, user: UserRow | None) -> bool:
    """Whether an organization of the person wants a second factor, and the tenant lets it."""
    if user is None or not here.settings.organizations_may_require_mfa:
        return False
    found = await organizations.of_user(here.tx, here.tenant_id, user.id)
    return any(one.is_mfa_required for one in found)


async def _decide(
    guest: Guest, decision: Callable[[PendingMfa], PendingMfa], *, skips: bool = False
) -> None:
    async def work(here: Here) -> Taken[None]:
        user = await _require_entitled(here)
        if skips:
            required = await required_by_organization(here, user)
            require_skippable(here.settings, required_by_organization=required)
        record: InteractionRecord = replace(here.record, mfa=decision(here.record.mfa))
        return Taken(answer=None, record=record)

    await take(guest, "Update", work)


async def _require_entitled(here: Here) -> UserRow | None:
    """Whether the person may decide by now; who they are, where the account exists.

    Raises ``NotSupportedForForgotPassword``, ``IdentifierNotFound``, ``MfaVerificationRequired``.
    """
    record = here.record
    if record.event is InteractionEvent.FORGOT_PASSWORD:
        raise NotSupportedForForgotPassword
    user = await person_of(here, record.user_id)
    if user is None and record.event is InteractionEvent.SIGN_IN:
        raise IdentifierNotFound
    if user is not None:
        require_second_factor(record, user, here.settings)
    return user
