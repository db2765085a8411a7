"""Somebody inside chooses another password: they are signed out everywhere else (§3.4)."""

from __future__ import annotations

from dataclasses import dataclass, replace

from carteiro.directory.accounts import has_security_method
from carteiro.directory.passwords.hashing import Digest
from carteiro.directory.passwords.rules import personal_words
from carteiro.directory.settings.account_center import AccountField
from carteiro.errors import CarteiroError, PasswordRejected, SamePassword
from carteiro.flows.account.endings import asked_held, end_everything_else, held, say_farewell
from carteiro.flows.account.inside import Bearer, Inside
from carteiro.flows.account.rules import require_editable, require_first_party, require_identity
from carteiro.flows.account.steps import Taken, admitted, take
from carteiro.flows.account.told import Change
from carteiro.flows.back_channel import Farewell
from carteiro.flows.guards.passwords import require_good_password
from carteiro.flows.stored_passwords import digest_of


@dataclass(frozen=True, slots=True, kw_only=True)
class _Chosen:
    """A new password, judged and hashed before the step: a digest, or why there is none."""

    refusal: CarteiroError
    digest: Digest | None = None


async def change_password(bearer: Bearer, password: str) -> None:
    """Every other session of the person's ends, and every token but those of this application.

    Raises ``ThirdPartyForbidden``, ``IdentityNotVerified`` where the person has anything by which
    they can prove who they are, ``FieldNotEditable``, ``PasswordRejected``, ``SamePassword``.
    """
    chosen = await _judged(await admitted(bearer), password)

    async def work(inside: Inside) -> Taken[list[Farewell]]:
        _require(inside)
        if chosen.digest is None:
            raise chosen.refusal
        changed = replace(
            inside.user,
            password_encrypted=chosen.digest.text,
            password_encryption_method=chosen.digest.algorithm.value,
            password_updated_at=inside.now,
            is_password_expired=False,
            updated_at=inside.now,
        )
        calls, farewells = end_everything_else(inside, await held(inside))
        change = Change(before=inside.user, after=changed)
        return Taken(answer=farewells, change=change, calls=calls)

    farewells = await take(bearer, "Password.Update", work, asks=asked_held(bearer))
    await say_farewell(bearer, farewells)


def _require(inside: Inside) -> None:
    require_first_party(inside)
    if has_security_method(inside.user):
        require_identity(inside)
    require_editable(inside, AccountField.PASSWORD)


async def _judged(seen: Inside, password: str) -> _Chosen:
    """Judge it; who may not change it at all has nothing hashed for them."""
    user, world = seen.user, seen.world
    try:
        _require(seen)
        personal = personal_words(
            name=user.name,
            username=user.username,
            email=user.primary_email,
            phone=user.primary_phone,
        )
        await require_good_password(world, seen.workspace, password, personal)
    except CarteiroError as error:
        return _Chosen(refusal=error)
    stored = digest_of(user)
    if stored is not None and await world.passwords.verify(stored, password):
        return _Chosen(refusal=SamePassword())
    return _Chosen(refusal=PasswordRejected(), digest=await world.passwords.hash(password))
