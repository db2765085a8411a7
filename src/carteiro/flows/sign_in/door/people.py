"""Who is identified, and keeping two people from having the same name, address or number."""

from __future__ import annotations

from carteiro.errors import EmailInUse, IdentifierNotFound, PhoneInUse, UsernameInUse
from carteiro.experience.identify import is_overtaken
from carteiro.experience.proofs import Identifier, IdentifierType, Proof
from carteiro.experience.sending import serves
from carteiro.flows.guards.find_person import find_person, is_named
from carteiro.flows.sign_in.door.guests import Here
from carteiro.model.phones import phone_spellings
from carteiro.storage.people import users, visitors
from carteiro.storage.people.users import UserRow
from carteiro.storage.people.visitors import Newcomer
from carteiro.storage.tenancy import tenants


async def require_free(
    here: Here,
    *,
    own_id: str | None,
    username: str | None = None,
    email: str | None = None,
    phone: str | None = None,
    newcomer: Newcomer | None = None,
) -> None:
    """Refuse what somebody else has.

    ``newcomer`` is what is known of the address already; two who take it at once are told apart by
    the constraint. Raises ``UsernameInUse``, ``EmailInUse`` or ``PhoneInUse``, in this order.
    """
    wanted = (
        (IdentifierType.USERNAME, username, UsernameInUse),
        (IdentifierType.EMAIL, email, EmailInUse),
        (IdentifierType.PHONE, phone, PhoneInUse),
    )
    if username is not None and not here.settings.usernames_by_case:
        # The constraint compares exactly, so whoever else takes a name has to wait.
        await tenants.lock(here.tx, here.tenant_id)
    for kind, value, taken in wanted:
        if value is None:
            continue
        if kind is IdentifierType.EMAIL and newcomer is not None:
            if newcomer.taken:
                raise taken
            continue
        target = Identifier(kind, value).target
        policy = here.workspace.experience["usernamePolicy"]
        other = await find_person(here.tx, here.tenant_id, target, policy)
        if other is not None and other.id != own_id:
            raise taken


async def person_of(here: Here, user_id: str | None) -> UserRow | None:
    """Who is identified, locked; ``None`` where nobody is, or the account is gone."""
    if user_id is None:
        return None
    asked = await visitors.person(here.tx, here.tenant_id, here.guest.uid)
    if asked is not None and asked.id == user_id:
        return asked
    # Asked before the account was there, or while the record still named nobody.
    return await users.lock(here.tx, here.tenant_id, user_id)


def require_still(here: Here, user: UserRow) -> None:
    """What identified the person does so yet: passwords, addresses and numbers change meanwhile.

    Raises ``IdentifierNotFound``.
    """
    record = here.record
    made_for_this = (proof for proof in record.proofs if serves(proof, record.event))
    if not record.registered and not any(_names(proof, user) for proof in made_for_this):
        raise IdentifierNotFound


def _names(proof: Proof, user: UserRow) -> bool:
    if not proof.verified or is_overtaken(proof, user):
        return False
    if proof.holder is not None:
        return proof.holder == user.id
    by_phone = proof.identifier.type is IdentifierType.PHONE
    spellings = phone_spellings(proof.identifier.value) if by_phone else ()
    return is_named(user, proof.identifier.target) or user.primary_phone in spellings
