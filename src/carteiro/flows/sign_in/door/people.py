"""Who is identified, and keeping two people from having the same name, address or number."""

from __future__ import annotations

from carteiro.errors import EmailInUse, PhoneInUse, UsernameInUse
from carteiro.experience.proofs import Identifier, IdentifierType
from carteiro.flows.sign_in.door.guests import Here
from carteiro.flows.sign_in.guards.find_person import find_person
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
