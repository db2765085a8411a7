"""What somebody is asked about beyond themselves: scopes of resources, and where they belong.

A scope that only roles in organizations give is shown with each of these, if the person is asked
about organizations at all; whatever an application would get is shown somewhere.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from carteiro.flows.sign_in.provider.entitlements import Wanted
from carteiro.flows.sign_in.provider.visit import Visit
from carteiro.oidc.authorization import ORGANIZATIONS_RESOURCE
from carteiro.oidc.claims import ORGANIZATIONS_SCOPE
from carteiro.oidc.clients import Client
from carteiro.storage.drivers.database import Transaction
from carteiro.storage.people import organization_scopes, relations, token_scopes
from carteiro.storage.people.organization_scopes import OrganizationScopeRow
from carteiro.storage.sign_in import rights
from carteiro.storage.sign_in.consent_ahead import Asks
from carteiro.storage.sign_in.rights import Belonging, ShownScope
from carteiro.storage.tenancy import applications

_Record = dict[str, Any]
_Shown = list[_Record]


async def shown_scopes(
    tx: Transaction, visit: Visit, client: Client, account_id: str, missing: Wanted
) -> tuple[_Shown, _Shown]:
    """The organizations with what is missing in each, and what is missing beside them.

    Both as the wire has them (sign-in details §1.6). There are organizations only where the
    application asks for the scope that names them.
    """
    belongings: tuple[Belonging, ...] = ()
    if ORGANIZATIONS_SCOPE in missing.scopes:
        belongings = await rights.belongings(tx, visit.tenant_id, account_id)
    inside: dict[str, _Shown] = {held.id: [] for held in belongings}
    beside: _Shown = []
    for indicator, names in missing.resource_scopes.items():
        resource, scopes = await _known(tx, visit, client, indicator, names)
        given = await _given_inside(tx, visit, account_id, indicator) if inside else {}
        for id_, shown in inside.items():
            _show(shown, resource, scopes, given.get(id_, ()))
        elsewhere = {name for id_ in inside for name in given.get(id_, ())}
        if elsewhere:
            own = await token_scopes.by_roles(tx, visit.tenant_id, account_id, indicator=indicator)
            elsewhere -= own.scopes if own else set()
        _show(beside, resource, scopes, set(names) - elsewhere)
    organizations = [
        {"id": held.id, "name": held.name, "missingResourceScopes": inside[held.id]}
        for held in belongings
    ]
    return organizations, beside


def consent_asks(tenant_id: str, client_id: str) -> Asks:
    """What is asked before somebody is: of a third party's application, the person, resources."""
    return Asks(
        known=[
            relations.asked_held(
                relations.CONSENT_USER_SCOPES, tenant_id, {"application_id": client_id}
            ),
            applications.asked_experience(tenant_id, client_id),
            token_scopes.asked_inside(tenant_id, client_id),
            organization_scopes.asked_of_application(tenant_id, client_id),
        ],
        of_person=lambda account_id: [rights.asked_belongings(tenant_id, account_id)],
        of_resource=lambda account_id, indicator: [
            *token_scopes.asked_on_resource(tenant_id, account_id, client_id, indicator=indicator),
            rights.asked_of_resource(tenant_id, indicator),
        ],
    )


async def _known(
    tx: Transaction, visit: Visit, client: Client, indicator: str, names: Collection[str]
) -> tuple[_Record, list[_Record]]:
    """A resource and those of its scopes that are named; organizations' scopes have one, too."""
    rows: Sequence[ShownScope | OrganizationScopeRow]
    if indicator == ORGANIZATIONS_RESOURCE and client.is_third_party:
        asked = await organization_scopes.asked_by(tx, visit.tenant_id, client.id)
        rows = [row for row in asked if row.name in names]
        id_ = name = indicator
    elif indicator == ORGANIZATIONS_RESOURCE:
        rows = await organization_scopes.named(tx, visit.tenant_id, names)
        id_ = name = indicator
    else:
        rows = found = await rights.scopes_named(tx, visit.tenant_id, indicator, names)
        id_, name = (found[0].resource_id, found[0].resource_name) if found else ("", "")
    scopes = [{"id": row.id, "name": row.name, "description": row.description} for row in rows]
    return {"id": id_, "name": name, "indicator": indicator}, scopes


async def _given_inside(
    tx: Transaction, visit: Visit, account_id: str, indicator: str
) -> Mapping[str, Collection[str]]:
    if indicator == ORGANIZATIONS_RESOURCE:
        return {}
    return await token_scopes.in_each_organization(
        tx, visit.tenant_id, account_id, indicator=indicator
    )


def _show(
    shown: _Shown, resource: _Record, scopes: Sequence[_Record], names: Collection[str]
) -> None:
    """Show those scopes of a resource that are named; a resource without any is left out."""
    found = [scope for scope in scopes if scope["name"] in names]
    if found:
        shown.append({"resource": resource, "scopes": found})
