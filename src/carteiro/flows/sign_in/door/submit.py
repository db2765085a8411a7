"""Everything is given: the person is signed in, registered, or has a new password (§2.13)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from carteiro.delivery.notices import Queued
from carteiro.directory.people import sign_in_choices, user_info
from carteiro.errors import IdentifierNotFound, NewPasswordRequired, UserSuspended
from carteiro.experience.guards.usernames import require_username
from carteiro.experience.identify import is_invited, require_captcha
from carteiro.experience.profile import completed, require_profile
from carteiro.experience.record import InteractionEvent, PendingMfa, PendingProfile
from carteiro.experience.second_factor import (
    decisions_after,
    decisions_after_reset,
    require_second_factor,
    require_set_up,
)
from carteiro.flows.back_channel import Farewell, farewells_to, tell_applications
from carteiro.flows.everywhere import sign_out_everywhere
from carteiro.flows.guards.known_browsers import asked_to_remember, remember_browser
from carteiro.flows.notices import changes_of
from carteiro.flows.sign_in.door.guests import Guest, Here
from carteiro.flows.sign_in.door.joining import join
from carteiro.flows.sign_in.door.noticing import told_of
from carteiro.flows.sign_in.door.people import person_of, require_free, require_still
from carteiro.flows.sign_in.door.second_factor import required_by_organization
from carteiro.flows.sign_in.door.steps import Taken, take
from carteiro.flows.sign_in.door.told import Told
from carteiro.flows.sign_in.provider.interactions import resume_address
from carteiro.model.kinds import TemplateType
from carteiro.storage.drivers.database import Question
from carteiro.storage.people import users, visitors
from carteiro.storage.people.users import UserRow
from carteiro.storage.sign_in.interactions import submitting
from carteiro.storage.tenancy import hooks
from carteiro.webhooks.events import HookEvent


@dataclass(frozen=True, slots=True, kw_only=True)
class Submitted:
    """Where the browser goes on, ``None`` where nobody is signed in; what it is known by there."""

    redirect_to: str | None
    browser: str | None = None
    farewells: Sequence[Farewell] = ()
    """What applications are told of sessions that have ended with it."""


async def submit(guest: Guest) -> Submitted:
    """Finish. Raises, in the wire's order, what is still missing."""

    async def work(here: Here) -> Taken[Submitted]:
        user = await person_of(here, here.record.user_id)
        invited = user is None or is_invited(here.record, user.primary_email)
        require_captcha(here.record, here.settings, invited=invited)
        if user is None:
            raise IdentifierNotFound
        if user.is_suspended:
            raise UserSuspended
        if here.record.event is InteractionEvent.FORGOT_PASSWORD:
            require_still(here, user)
            return await _reset(here, user)
        return await _sign_in(here, user)

    def asks() -> list[Question]:
        return [
            visitors.asked_person(guest.tenant_id, guest.uid),
            visitors.asked_browsers(guest.tenant_id, guest.uid),
            hooks.asked_listening(guest.tenant_id),
            *asked_to_remember(guest.world, guest.tenant_id, guest.browser),
        ]

    submitted = await take(guest, "Submit", work, asks=asks)
    await tell_applications(guest.world, guest.tenant_id, guest.origin, submitted.farewells)
    return submitted


async def _reset(here: Here, user: UserRow) -> Taken[Submitted]:
    profile = here.record.profile
    if profile.digest is None:
        raise NewPasswordRequired
    changed = replace(
        user,
        password_encrypted=profile.digest,
        password_encryption_method=profile.algorithm,
        password_updated_at=here.now,
        is_password_expired=False,
        logto_config=decisions_after_reset(user, here.record, here.settings),
        updated_at=here.now,
    )
    notices = await told_of(here, user, changed, [TemplateType.PASSWORD_CHANGED])
    farewells = await farewells_to(here.tx, here.tenant_id, user.id, here.now)
    return Taken(
        answer=Submitted(redirect_to=None, farewells=farewells),
        calls=[
            users.updating(changed),
            *sign_out_everywhere(here.tenant_id, user.id, interaction_uid=here.guest.uid),
            *notices.calls,
        ],
        jobs=notices.jobs,
        told=[
            Told(event=HookEvent.POST_RESET_PASSWORD),
            Told(event=HookEvent.USER_DATA_UPDATED, data=user_info(changed)),
        ],
        user=changed,
        ends=True,
    )


async def _sign_in(here: Here, user: UserRow) -> Taken[Submitted]:
    record, profile, now = here.record, here.record.profile, here.now
    if record.submitted and here.interaction.account_id == user.id:
        # A double click: the first one has said everything.
        return Taken(answer=Submitted(redirect_to=_way_on(here)))
    require_still(here, user)
    require_second_factor(record, user, here.settings)
    await _require_possible(here, user)
    require_profile(profile, user, here.settings, registers=record.registered)
    required = await required_by_organization(here, user)
    enabled = require_set_up(record, user, here.settings, required_by_organization=required)
    changed = replace(
        completed(user, profile),
        logto_config=decisions_after(user, record, enabled),
        last_sign_in_at=now,
        updated_at=user.updated_at if profile.empty else now,
        password_updated_at=user.password_updated_at if profile.digest is None else now,
    )
    ended = HookEvent.POST_REGISTER if record.registered else HookEvent.POST_SIGN_IN
    told = [Told(event=ended)]
    if not profile.empty:
        told.append(Told(event=HookEvent.USER_DATA_UPDATED, data=user_info(changed)))
    told += await join(here, user.id, profile.jit_organization_ids)
    browser, known = await remember_browser(
        here.tx, here.world, here.tenant_id, user.id, here.guest.browser
    )
    notices = Queued()
    if not record.registered:
        happened = await _happened(here, user, changed, is_new=len(known) > 1)
        notices = await told_of(here, user, changed, happened)
    kept = replace(
        record,
        profile=PendingProfile(submitted=profile.submitted),
        mfa=PendingMfa(),
        proofs=tuple(proof.without_secrets() for proof in record.proofs),
        submitted=True,
    )
    submitted = submitting(
        here.tenant_id, here.guest.uid, account_id=user.id, record=kept.to_wire(), now=now
    )
    return Taken(
        answer=Submitted(redirect_to=_way_on(here), browser=browser),
        record=kept,
        calls=[users.updating(changed), submitted, *known, *notices.calls],
        jobs=notices.jobs,
        told=told,
        user=changed,
        saves=False,
    )


async def _happened(
    here: Here, before: UserRow, after: UserRow, *, is_new: bool
) -> list[TemplateType]:
    """What the person is told of. A factor counts that they set up, not what follows by policy."""
    found = changes_of(before, after)
    if TemplateType.MFA_CHANGED in found:
        found.remove(TemplateType.MFA_CHANGED)
    if here.record.mfa.enabled and not sign_in_choices(before)["mfa"].get("enabled"):
        found.append(TemplateType.MFA_CHANGED)
    # The first browser of a person is no news, nor is any where none was noted before.
    if is_new and await visitors.has_browsers(here.tx, here.tenant_id, here.guest.uid):
        found.append(TemplateType.NEW_DEVICE)
    return found


def _way_on(here: Here) -> str:
    return resume_address(here.guest.origin, here.guest.uid)


async def _require_possible(here: Here, user: UserRow) -> None:
    """What is pending may have become somebody else's in the meantime."""
    profile = here.record.profile
    if profile.username is not None:
        require_username(profile.username, here.workspace.experience["usernamePolicy"])
    await require_free(
        here,
        own_id=user.id,
        username=profile.username,
        email=profile.primary_email,
        phone=profile.primary_phone,
    )
