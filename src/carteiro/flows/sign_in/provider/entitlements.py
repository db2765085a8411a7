"""What an application may get of what it asks for: the person's roles, and what it may ask at all.

Roles are read as they are now; a grant remembers what they gave when the person let the
application in, and a token has what both say.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from carteiro.flows.sign_in.provider.visit import Visit
from carteiro.model.granted import Granted
from carteiro.oidc.authorization import (
    OFFLINE_ACCESS,
    OPENID,
    ORGANIZATIONS_RESOURCE,
    AuthorizationRequest,
)
from carteiro.oidc.claims import SCOPES
from carteiro.oidc.clients import Client
from carteiro.oidc.errors import InvalidScope, InvalidTarget
from carteiro.storage.drivers.database import Question, Transaction
from carteiro.storage.people import organization_scopes, relations, token_scopes
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
    await _require_askable(tx, visit, client, scopes)
    inside: dict[str, tuple[str, ...]] = {}
    for indicator in resources:
        if indicator == ORGANIZATIONS_RESOURCE:
            names = await _known_in_organizations(tx, visit, client, scopes)
        else:
            names = (await given_on(tx, visit, client, account_id, indicator)).scopes
        inside[indicator] = tuple(name for name in scopes if name in names)
    return Wanted(scopes=tuple(name for name in scopes if name in SCOPES), resource_scopes=inside)


def asked_available(visit: Visit, client: Client, resources: Collection[str]) -> list[Question]:
    """What ``require_available`` asks."""
    asks = []
    if client.is_third_party:
        asks.append(
            relations.asked_held(
                relations.CONSENT_USER_SCOPES, visit.tenant_id, {"application_id": client.id}
            )
        )
    if apis := _apis(resources):
        asks.append(token_scopes.asked_known(visit.tenant_id, apis))
    return asks


async def require_available(
    tx: Transaction, visit: Visit, client: Client, request: AuthorizationRequest
) -> None:
    """Check what can be checked of a request while nobody is known whom it is about.

    Raises ``InvalidScope`` or ``InvalidTarget``.
    """
    await _require_askable(tx, visit, client, request.scopes)
    apis = _apis(request.resources)
    if apis and apis != await token_scopes.known_indicators(tx, visit.tenant_id, apis):
        raise InvalidTarget


def _apis(resources: Collection[str]) -> frozenset[str]:
    return frozenset(resources) - {ORGANIZATIONS_RESOURCE}


async def given_on(
    tx: Transaction,
    visit: Visit,
    client: Client,
    account_id: str,
    indicator: str,
    *,
    organization_id: str | None = None,
) -> Granted:
    """What this application may have of a person's on a resource, and for how long a token is good.

    With an organization it is what their own roles give and those in it, without one those in any.
    Raises ``InvalidTarget`` for an unknown resource.
    """
    granted = await token_scopes.of_person(
        tx, visit.tenant_id, account_id, indicator=indicator, organization_id=organization_id
    )
    if granted is None:
        raise InvalidTarget
    if not client.is_third_party or not granted.scopes:
        return granted
    asked = await token_scopes.asked_of_resource(
        tx, visit.tenant_id, client.id, indicator=indicator
    )
    return Granted(granted.scopes & asked, granted.lifetime)


async def _require_askable(
    tx: Transaction, visit: Visit, client: Client, scopes: tuple[str, ...]
) -> None:
    """Check what a third party's application asks of a person: that it was allowed to."""
    asked = [name for name in scopes if name in SCOPES and name not in _ALWAYS]
    if not client.is_third_party or not asked:
        return
    allowed = await relations.held(
        tx, relations.CONSENT_USER_SCOPES, visit.tenant_id, {"application_id": client.id}
    )
    if strange := [name for name in asked if name not in allowed]:
        raise InvalidScope("requested scope is not allowed", scope=" ".join(strange))


async def _known_in_organizations(
    tx: Transaction, visit: Visit, client: Client, names: tuple[str, ...]
) -> frozenset[str]:
    """Which of these this application may have in organizations, whatever roles give there now."""
    if client.is_third_party:
        return await token_scopes.asked_in_organizations(tx, visit.tenant_id, client.id)
    known = await organization_scopes.named(tx, visit.tenant_id, names)
    return frozenset(scope.name for scope in known)


def asked_of_person(wanted: Wanted) -> tuple[str, ...]:
    """The scopes that somebody is asked about: those that say what an application learns."""
    return tuple(name for name in wanted.scopes if name not in _ALWAYS)
