"""What an application may get of what it asks for: the person's roles, and what it may ask at all.

Roles are read as they are now; a grant remembers what they gave when the person let the
application in, and a token has what both say.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from carteiro.flows.sign_in.visit import Visit
from carteiro.oidc.authorization import OFFLINE_ACCESS, OPENID, ORGANIZATIONS_RESOURCE
from carteiro.oidc.claims import SCOPES
from carteiro.oidc.clients import Client
from carteiro.oidc.errors import InvalidScope, InvalidTarget
from carteiro.storage.drivers.database import Transaction
from carteiro.storage.sign_in import rights
from carteiro.storage.sign_in.grants import Grant

_ALWAYS = frozenset({OPENID, OFFLINE_ACCESS})
"""What says nothing of a person that is not said by their being there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Of a request's scopes those that there are to have, in the order of the request."""

    scopes: tuple[str, ...]
    """Of OpenID Connect."""
    resource_scopes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """By the resource's indicator; a resource of which there is nothing to have is empty."""

    def missing_from(self, grant: Grant | None) -> Wanted:
        """What of it a grant does not hold."""
        held = frozenset(grant.scopes) if grant else frozenset()
        inside = grant.resource_scopes if grant else {}
        return Wanted(
            scopes=tuple(name for name in self.scopes if name not in held),
            resource_scopes={
                indicator: left
                for indicator, names in self.resource_scopes.items()
                if (left := tuple(name for name in names if name not in inside.get(indicator, ())))
            },
        )

    @property
    def is_empty(self) -> bool:
        """Whether nothing is left to be granted."""
        return not self.scopes and not self.resource_scopes


async def wanted_by(
    tx: Transaction,
    visit: Visit,
    client: Client,
    account_id: str,
    scopes: tuple[str, ...],
    resources: tuple[str, ...],
) -> Wanted:
    """What a request is about, for this person. Raises ``InvalidTarget`` for an unknown resource.

    Names that mean nothing are left out. Raises ``InvalidScope`` where a third party's application
    asks for something of a person that it may not ask for.
    """
    _require_askable(client, scopes)
    inside: dict[str, tuple[str, ...]] = {}
    for indicator in resources:
        given = await given_on(tx, visit, client, account_id, indicator)
        inside[indicator] = tuple(name for name in scopes if name in given)
    return Wanted(scopes=tuple(name for name in scopes if name in SCOPES), resource_scopes=inside)


def _require_askable(client: Client, scopes: tuple[str, ...]) -> None:
    """Check what an application of somebody else's may ask people for: their being there."""
    strange = [name for name in scopes if name in SCOPES and name not in _ALWAYS]
    if client.is_third_party and strange:
        raise InvalidScope("requested scope is not allowed", scope=" ".join(strange))


async def given_on(
    tx: Transaction, visit: Visit, client: Client, account_id: str, indicator: str
) -> frozenset[str]:
    """The scopes of a resource that this application may have of a person's.

    Raises ``InvalidTarget`` for an unknown resource.
    """
    if indicator == ORGANIZATIONS_RESOURCE:
        return frozenset()
    granted = await rights.of_person(
        tx, visit.tenant_id, account_id, indicator=indicator, organization_id=None
    )
    if granted is None:
        raise InvalidTarget
    return frozenset() if client.is_third_party else granted.scopes


def asked_of_person(wanted: Wanted) -> tuple[str, ...]:
    """The scopes that somebody is asked about: those that say what an application learns."""
    return tuple(name for name in wanted.scopes if name not in _ALWAYS)
