"""`/api/my-account`: the account itself, its addresses and its password."""

from __future__ import annotations

from typing import Any

from fastapi import Response

from carteiro.api.account.route import AccountRoute, Person
from carteiro.api.account.schemas import ChangeAccount, SetEmail, SetPassword, SetPhone, given
from carteiro.api.answers import account
from carteiro.api.profile import Profile
from carteiro.api.router import ApiRouter
from carteiro.experience.proofs import Identifier, IdentifierType
from carteiro.flows.account import addresses, password, profile

router = ApiRouter(
    tag="Account",
    route_class=AccountRoute,
    answers={
        "get_own_account": account.Account,
        "change_own_account": account.Account,
        "change_own_profile": Profile,
    },
)


@router.get("/my-account")
async def get_own_account(person: Person) -> dict[str, Any]:
    """The account, as far as the token's scopes and the tenant's switches show it."""
    return await profile.show(person)


@router.patch("/my-account")
async def change_own_account(person: Person, body: ChangeAccount) -> dict[str, Any]:
    """Change name, avatar, user name and custom data; a user name needs a proof of identity."""
    return await profile.change_account(person, body.columns())


@router.patch("/my-account/profile")
async def change_own_profile(person: Person, body: Profile) -> dict[str, Any]:
    """Merge members into the profile, one level deep."""
    return await profile.change_profile(person, given(body))


@router.post("/my-account/primary-email", status_code=204, response_class=Response)
async def set_own_email(person: Person, body: SetEmail) -> None:
    """Make an address that was proven the account's; needs a proof of identity, too."""
    identifier = Identifier(IdentifierType.EMAIL, body.email)
    await addresses.set_address(person, identifier, body.new_identifier_verification_record_id)


@router.delete("/my-account/primary-email", status_code=204, response_class=Response)
async def remove_own_email(person: Person) -> None:
    """Take the address from the account, unless it is the last way to sign in."""
    await addresses.remove_address(person, IdentifierType.EMAIL)


@router.post("/my-account/primary-phone", status_code=204, response_class=Response)
async def set_own_phone(person: Person, body: SetPhone) -> None:
    """Make a number that was proven the account's; needs a proof of identity, too."""
    identifier = Identifier(IdentifierType.PHONE, body.phone)
    await addresses.set_address(person, identifier, body.new_identifier_verification_record_id)


@router.delete("/my-account/primary-phone", status_code=204, response_class=Response)
async def remove_own_phone(person: Person) -> None:
    """Take the number from the account, unless it is the last way to sign in."""
    await addresses.remove_address(person, IdentifierType.PHONE)


@router.post("/my-account/password", status_code=204, response_class=Response)
async def set_own_password(person: Person, body: SetPassword) -> None:
    """Choose another password. Every other session ends, and every other application's tokens."""
    await password.change_password(person, body.password)
