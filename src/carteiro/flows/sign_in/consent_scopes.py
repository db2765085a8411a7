"""What somebody is asked about beyond themselves: scopes of resources, and where they belong.

A scope that only roles in organizations give is shown with each of these, if the person is asked
about organizations at all; whatever an application would get is shown somewhere.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Protocol

from carteiro.flows.sign_in.entitlements import Wanted
from carteiro.flows.sign_in.visit import Visit
from carteiro.oidc.authorization import ORGANIZATIONS_RESOURCE
from carteiro.oidc.claims import ORGANIZATIONS_SCOPE
from carteiro.storage.drivers.database import Transaction
from carteiro.storage.people import organization_scopes, token_scopes
from carteiro.storage.sign_in import rights

_Shown = list[dict[str, Any]]


class _Scope(Protocol):
    @property
    def id(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def description(self) -> str | None: ...


async def shown_scopes(
    tx: Transaction, visit: Visit, account_id: str, missing: Wanted
) -> tuple[_Shown, _Shown]:
    """The organizations with what is missing in each, and what is missing beside them.

    Both as the wire has them (sign-in details §1.6). There are organizations only where the
    application asks for the scope that names them.
    """
    belongings = (
        await rights.belongings(tx, visit.tenant_id, account_id)
        if ORGANIZATIONS_SCOPE in missing.scopes
        else ()
    )
    inside: dict[str, _Shown] = {held.id: [] for held in belongings}
    beside: _Shown = []
    for indicator, names in missing.resource_scopes.items():
        if indicator == ORGANIZATIONS_RESOURCE:
            reserved = {"id": indicator, "name": indicator, "indicator": indicator}
            known = await organization_scopes.named(tx, visit.tenant_id, names)
            _show(beside, reserved, known, names)
            continue
        scopes = await rights.scopes_named(tx, visit.tenant_id, indicator, names)
        if not scopes:
            continue
        resource = {
            "id": scopes[0].resource_id,
            "name": scopes[0].resource_name,
            "indicator": indicator,
        }
        given = await _given_inside(tx, visit, account_id, indicator) if inside else {}
        for id_, shown in inside.items():
            _show(shown, resource, scopes, given.get(id_, frozenset()))
        only_inside = frozenset[str]().union(*(given.get(id_, frozenset()) for id_ in inside))
        if only_inside:
            own = await token_scopes.by_roles(tx, visit.tenant_id, account_id, indicator=indicator)
            only_inside -= own.scopes if own else frozenset()
        _show(beside, resource, scopes, [name for name in names if name not in only_inside])
    organizations = [
        {"id": held.id, "name": held.name, "missingResourceScopes": inside[held.id]}
        for held in belongings
    ]
    return organizations, beside


async def _given_inside(
    tx: Transaction, visit: Visit, account_id: str, indicator: str
) -> Mapping[str, frozenset[str]]:
    return await token_scopes.in_each_organization(
        tx, visit.tenant_id, account_id, indicator=indicator
    )


def _show(
    shown: _Shown, resource: Mapping[str, str], scopes: Sequence[_Scope], names: Collection[str]
) -> None:
    """Show those scopes of a resource that are named; a resource without any is left out."""
    found = [
        {"id": scope.id, "name": scope.name, "description": scope.description}
        for scope in scopes
        if scope.name in names
    ]
    if found:
        shown.append({"resource": dict(resource), "scopes": found})
