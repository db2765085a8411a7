"""What a token may say: each question that whoever issues one has to ask, as one statement.

Roles are read as they are now. What a person or a machine may do with a resource comes from roles
of the tenant and from roles in organizations; what it may do in an organization from the latter.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cache

from carteiro.model.granted import Granted
from carteiro.storage.drivers.database import Question, Row, Transaction
from carteiro.storage.drivers.statements import Statement
from carteiro.storage.people.relations import listed, listing
from carteiro.storage.people.roles import Owner

_MOST_INSIDE = 5000
"""Scopes in all organizations together that somebody is asked about."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How somebody stands to an organization, and the application that they use there."""

    is_member: bool
    needs_consent: bool
    """The application is a third party's, and has not been let in by this person."""
    is_mfa_required: bool


async def by_roles(
    tx: Transaction, tenant_id: str, user_id: str, *, indicator: str
) -> Granted | None:
    """What a person's own roles give on a resource; ``None`` for an unknown indicator."""
    rows = await tx.all(_BY_ROLES, tenant_id=tenant_id, owner_id=user_id, indicator=indicator)
    return _granted(rows)


async def by_organization_roles(
    tx: Transaction,
    tenant_id: str,
    owner: Owner,
    owner_id: str,
    *,
    indicator: str,
    organization_id: str | None,
) -> Granted | None:
    """What roles in an organization give on a resource, in any of them without an id.

    ``None`` for an unknown indicator.
    """
    inside = {} if organization_id is None else {"organization_id": organization_id}
    rows = await tx.all(
        _by_organization_roles(owner, everywhere=organization_id is None),
        tenant_id=tenant_id,
        owner_id=owner_id,
        indicator=indicator,
        **inside,
    )
    return _granted(rows)


async def in_each_organization(
    tx: Transaction, tenant_id: str, user_id: str, *, indicator: str
) -> Mapping[str, frozenset[str]]:
    """What a person's roles give on a resource in each organization, by its id.

    Organizations in which they give nothing are left out.
    """
    rows = await tx.all(
        _IN_EACH,
        tenant_id=tenant_id,
        owner_id=user_id,
        indicator=indicator,
        most=_MOST_INSIDE,
    )
    found: dict[str, set[str]] = {}
    for row in rows:
        found.setdefault(row["organization_id"], set()).add(row["scope"])
    return {id_: frozenset(names) for id_, names in found.items()}


async def of_person(
    tx: Transaction, tenant_id: str, user_id: str, *, indicator: str, organization_id: str | None
) -> Granted | None:
    """Both together: what a person's token for a resource may say.

    With an organization it is their own roles and those in it, without one those in any. ``None``
    for an unknown indicator.
    """
    asked = asked_of_person(
        tenant_id, user_id, indicator=indicator, organization_id=organization_id
    )
    return _granted(await tx.all(asked.statement, **asked.arguments))


def asked_of_person(
    tenant_id: str, user_id: str, *, indicator: str, organization_id: str | None
) -> Question:
    """What ``of_person`` asks, to be asked together with what else is needed."""
    inside = {} if organization_id is None else {"organization_id": organization_id}
    values = {"tenant_id": tenant_id, "owner_id": user_id, "indicator": indicator, **inside}
    return Question(_of_person(everywhere=organization_id is None), values)


async def in_organization(
    tx: Transaction, tenant_id: str, owner: Owner, owner_id: str, organization_id: str
) -> frozenset[str]:
    """The names of the organization's own scopes that somebody's or something's roles give."""
    asked = asked_in_organization(tenant_id, owner, owner_id, organization_id)
    return frozenset(row["name"] for row in await tx.all(asked.statement, **asked.arguments))


def asked_in_organization(
    tenant_id: str, owner: Owner, owner_id: str, organization_id: str
) -> Question:
    """What ``in_organization`` asks, to be asked together with what else is needed."""
    values = {"tenant_id": tenant_id, "owner_id": owner_id, "organization_id": organization_id}
    return Question(_in_organization(owner), values)


async def standing(
    tx: Transaction, tenant_id: str, organization_id: str, *, user_id: str, application_id: str
) -> Standing | None:
    """How a person stands to an organization; ``None`` for one that there is not."""
    asked = asked_standing(
        tenant_id, organization_id, user_id=user_id, application_id=application_id
    )
    row = await tx.one(asked.statement, **asked.arguments)
    if row is None:
        return None
    return Standing(
        is_member=bool(row["is_member"]),
        needs_consent=bool(row["needs_consent"]),
        is_mfa_required=bool(row["is_mfa_required"]),
    )


def asked_standing(
    tenant_id: str, organization_id: str, *, user_id: str, application_id: str
) -> Question:
    """What ``standing`` asks, to be asked together with what else is needed."""
    values = {
        "tenant_id": tenant_id,
        "organization_id": organization_id,
        "user_id": user_id,
        "application_id": application_id,
    }
    return Question(_STANDING, values)


async def asked_of_resource(
    tx: Transaction, tenant_id: str, application_id: str, *, indicator: str
) -> frozenset[str]:
    """The names of a resource's scopes that a third party's application may ask people for."""
    rows = await tx.all(
        _ASKED_OF_RESOURCE,
        tenant_id=tenant_id,
        application_id=application_id,
        indicator=indicator,
    )
    return frozenset(row["name"] for row in rows)


def asked_on_resource(
    tenant_id: str, user_id: str, application_id: str, *, indicator: str
) -> list[Question]:
    """What is asked of a resource before a person is, to be asked together.

    That is what ``of_person`` without an organization, ``asked_of_resource``, ``by_roles`` and
    ``in_each_organization`` ask, in this order.
    """
    there = {"tenant_id": tenant_id, "indicator": indicator}
    theirs = {**there, "owner_id": user_id}
    return [
        asked_of_person(tenant_id, user_id, indicator=indicator, organization_id=None),
        Question(_ASKED_OF_RESOURCE, {**there, "application_id": application_id}),
        Question(_BY_ROLES, theirs),
        Question(_IN_EACH, {**theirs, "most": _MOST_INSIDE}),
    ]


async def asked_in_organizations(
    tx: Transaction, tenant_id: str, application_id: str
) -> frozenset[str]:
    """The names of organizations' scopes that a third party's application may ask people for."""
    asked = asked_inside(tenant_id, application_id)
    return frozenset(row["name"] for row in await tx.all(asked.statement, **asked.arguments))


def asked_inside(tenant_id: str, application_id: str) -> Question:
    """What ``asked_in_organizations`` asks, to be asked together with what else is needed."""
    values = {"tenant_id": tenant_id, "application_id": application_id}
    return Question(_ASKED_IN_ORGANIZATIONS, values)


# SQLite reads tables that are joined crosswise in the order in which they stand: whose roles these
# are comes first. It counts no rows, and would else go through those of everybody.
_ROLES = (
    "SELECT given.scope_id FROM user_roles AS held CROSS JOIN role_scopes AS given "
    "WHERE held.tenant_id = :tenant_id AND held.user_id = :owner_id "
    "AND given.tenant_id = held.tenant_id AND given.role_id = held.role_id"
)
_GIVEN = (
    "CROSS JOIN organization_role_resource_scopes AS given "
    "WHERE held.tenant_id = :tenant_id AND held.{0}_id = :owner_id "
    "AND given.tenant_id = held.tenant_id "
    "AND given.organization_role_id = held.organization_role_id "
)
_INSIDE = (
    "SELECT given.scope_id FROM organization_{0}_roles AS held "  # noqa: S608 - fixed pieces
    f"{_GIVEN}AND held.organization_id = :organization_id"
)
_EVERYWHERE = (
    "SELECT given.scope_id FROM organization_{0}s AS member {{indexed}}"  # noqa: S608 - as above
    f"CROSS JOIN organization_{{0}}_roles AS held {_GIVEN}"
    "AND member.tenant_id = :tenant_id AND member.{0}_id = :owner_id "
    "AND held.organization_id = member.organization_id"
)
_INDEXED = "INDEXED BY organization_{0}s_by_{0} "


def _organization_roles(owner: Owner, *, everywhere: bool) -> str:
    """What roles give, in one organization or wherever the owner belongs; ``{indexed}`` is left."""
    return (_EVERYWHERE if everywhere else _INSIDE).format(owner)


def _on_resource(name: str, given: str, owner: Owner = Owner.USER) -> Statement:
    """A resource with each of its scopes that is given; without one there is still a row."""
    text = (
        "SELECT resources.access_token_ttl, scopes.name AS scope "  # noqa: S608 - fixed pieces
        "FROM resources LEFT JOIN scopes ON scopes.tenant_id = resources.tenant_id "
        f"AND scopes.resource_id = resources.id AND scopes.id IN ({given}) "
        "WHERE resources.tenant_id = :tenant_id AND resources.indicator = :indicator"
    )
    return Statement.of(
        f"token_scopes.{name}",
        text.format(indexed=""),
        sqlite=text.format(indexed=_INDEXED.format(owner)),
    )


_BY_ROLES = _on_resource("by_roles", _ROLES)


@cache
def _by_organization_roles(owner: Owner, *, everywhere: bool) -> Statement:
    given = _organization_roles(owner, everywhere=everywhere)
    return _on_resource("by_organization_roles", given, owner)


@cache
def _of_person(*, everywhere: bool) -> Statement:
    inside = _organization_roles(Owner.USER, everywhere=everywhere)
    return _on_resource("of_person", f"{_ROLES} UNION ALL {inside}")


@cache
def _in_organization(owner: Owner) -> Statement:
    return Statement.of(
        "token_scopes.in_organization",
        "SELECT DISTINCT organization_scopes.name "  # noqa: S608 - fixed pieces
        f"FROM organization_{owner}_roles AS held JOIN organization_role_scopes AS given "
        "ON given.tenant_id = held.tenant_id "
        "AND given.organization_role_id = held.organization_role_id "
        "JOIN organization_scopes ON organization_scopes.tenant_id = given.tenant_id "
        "AND organization_scopes.id = given.organization_scope_id "
        "WHERE held.tenant_id = :tenant_id AND held.organization_id = :organization_id "
        f"AND held.{owner}_id = :owner_id",
    )


def _in_each() -> Statement:
    text = (
        "SELECT held.organization_id, scopes.name AS scope "
        "FROM organization_users AS member {indexed}"
        "CROSS JOIN organization_user_roles AS held "
        "CROSS JOIN organization_role_resource_scopes AS given "
        "JOIN scopes ON scopes.tenant_id = given.tenant_id AND scopes.id = given.scope_id "
        "JOIN resources ON resources.tenant_id = scopes.tenant_id "
        "AND resources.id = scopes.resource_id "
        "WHERE member.tenant_id = :tenant_id AND member.user_id = :owner_id "
        "AND held.tenant_id = member.tenant_id AND held.user_id = member.user_id "
        "AND held.organization_id = member.organization_id "
        "AND given.tenant_id = held.tenant_id "
        "AND given.organization_role_id = held.organization_role_id "
        "AND resources.indicator = :indicator "
        "ORDER BY held.organization_id, scopes.name LIMIT :most"
    )
    return Statement.of(
        "token_scopes.in_each_organization",
        text.format(indexed=""),
        sqlite=text.format(indexed=_INDEXED.format(Owner.USER)),
    )


_IN_EACH = _in_each()
_STANDING = Statement.of(
    "token_scopes.standing",
    "SELECT organizations.is_mfa_required, "
    "EXISTS (SELECT 1 FROM organization_users AS held WHERE held.tenant_id = :tenant_id "
    "AND held.organization_id = :organization_id AND held.user_id = :user_id) AS is_member, "
    "EXISTS (SELECT 1 FROM applications WHERE applications.tenant_id = :tenant_id "
    "AND applications.id = :application_id AND applications.is_third_party) "
    "AND NOT EXISTS (SELECT 1 FROM consent_organizations AS given "
    "WHERE given.tenant_id = :tenant_id AND given.application_id = :application_id "
    "AND given.user_id = :user_id AND given.organization_id = :organization_id) AS needs_consent "
    "FROM organizations WHERE organizations.tenant_id = :tenant_id "
    "AND organizations.id = :organization_id",
)
_ASKED_OF_RESOURCE = Statement.of(
    "token_scopes.asked_of_resource",
    "SELECT scopes.name FROM resources JOIN scopes ON scopes.tenant_id = resources.tenant_id "
    "AND scopes.resource_id = resources.id "
    "WHERE resources.tenant_id = :tenant_id AND resources.indicator = :indicator "
    "AND scopes.id IN (SELECT scope_id FROM consent_resource_scopes "
    "WHERE tenant_id = :tenant_id AND application_id = :application_id "
    "UNION ALL SELECT scope_id FROM consent_organization_resource_scopes "
    "WHERE tenant_id = :tenant_id AND application_id = :application_id)",
)
_ASKED_IN_ORGANIZATIONS = Statement.of(
    "token_scopes.asked_in_organizations",
    "SELECT organization_scopes.name FROM consent_organization_scopes AS asked "
    "JOIN organization_scopes ON organization_scopes.tenant_id = asked.tenant_id "
    "AND organization_scopes.id = asked.organization_scope_id "
    "WHERE asked.tenant_id = :tenant_id AND asked.application_id = :application_id",
)


def _granted(rows: list[Row]) -> Granted | None:
    if not rows:
        return None
    names = frozenset(row["scope"] for row in rows if row["scope"] is not None)
    return Granted(names, rows[0]["access_token_ttl"])


def asked_known(tenant_id: str, indicators: Collection[str]) -> Question:
    """What ``known_indicators`` asks, to be asked together with what else is needed."""
    return Question(_KNOWN, {"tenant_id": tenant_id, "ids": listed(indicators)})


async def known_indicators(
    tx: Transaction, tenant_id: str, indicators: Collection[str]
) -> frozenset[str]:
    """Which of these are a resource's."""
    rows = await tx.all(_KNOWN, tenant_id=tenant_id, ids=listed(indicators))
    return frozenset(row["indicator"] for row in rows)


_KNOWN = listing(
    "token_scopes.known",
    "SELECT indicator FROM resources "
    "WHERE tenant_id = :tenant_id AND indicator IN (SELECT listed.id FROM {ids})",
)
