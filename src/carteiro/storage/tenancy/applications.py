"""Applications, their secrets, and how their pages look."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from functools import lru_cache

from carteiro.model.page import Page, Part
from carteiro.model.search import EVERYTHING, Search
from carteiro.storage.drivers.conditions import of_things, shape_of
from carteiro.storage.drivers.containing import containing
from carteiro.storage.drivers.database import Question, Row, Transaction
from carteiro.storage.drivers.rows import part_of, value_of
from carteiro.storage.drivers.statements import Statement


@dataclass(frozen=True, slots=True, kw_only=True)
class ApplicationRow:
    """An application; JSON members are text."""

    tenant_id: str
    id: str
    name: str
    description: str | None = None
    type: str
    oidc_client_metadata: str = '{"redirectUris": [], "postLogoutRedirectUris": []}'
    custom_client_metadata: str = "{}"
    protected_app_metadata: str | None = None
    custom_data: str = "{}"
    is_third_party: bool = False
    app_level_access_control_enabled: bool = False
    created_at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SecretRow:
    """A sealed secret; it is no good after ``expires_at``."""

    name: str
    value_sealed: bytes = field(repr=False)
    created_at: int
    expires_at: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ApplicationExperienceRow:
    """How an application's pages look; JSON members are text."""

    tenant_id: str
    application_id: str
    color: str = "{}"
    branding: str = "{}"
    custom_css: str | None = None
    terms_of_use_url: str | None = None
    privacy_policy_url: str | None = None
    display_name: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ApplicationFilter:
    """Which applications; what is empty or ``None`` does not filter. ``role_id`` is what has it."""

    types: Sequence[str] = ()
    is_third_party: bool | None = None
    search: Search = EVERYTHING
    role_id: str | None = None
    exclude_role_id: str | None = None
    exclude_organization_id: str | None = None


async def create(tx: Transaction, row: ApplicationRow) -> None:
    """Make an application."""
    await tx.run("applications.create", **asdict(row))


async def get(tx: Transaction, tenant_id: str, id: str) -> ApplicationRow | None:  # noqa: A002 - the column's name
    """One application."""
    row = await tx.one("applications.get", tenant_id=tenant_id, id=id)
    return value_of(ApplicationRow, row) if row else None


def asked_of_bearer(tenant_id: str, value_hash: bytes) -> tuple[Question, Question]:
    """The application that an access token is for, and how its pages look."""
    arguments = {"tenant_id": tenant_id, "value_hash": value_hash}
    return (
        Question("applications.of_bearer", arguments),
        Question("applications.look_of_bearer", arguments),
    )


def asked_granted(tenant_id: str, value_hash: bytes, *, most: int) -> Question:
    """The applications that the person let in whose access token somebody shows."""
    arguments = {"tenant_id": tenant_id, "value_hash": value_hash, "most": most}
    return Question("applications.granted_by_bearer", arguments)


def asked_granted_by(tenant_id: str, account_id: str, *, most: int) -> Question:
    """The applications that somebody let in."""
    arguments = {"tenant_id": tenant_id, "account_id": account_id, "most": most}
    return Question("applications.granted_by_person", arguments)


async def granted(tx: Transaction, asked: Question) -> list[ApplicationRow]:
    """The answer."""
    return [
        value_of(ApplicationRow, row) for row in await tx.all(asked.statement, **asked.arguments)
    ]


async def of_bearer(
    tx: Transaction, asked: tuple[Question, Question]
) -> tuple[ApplicationRow | None, ApplicationExperienceRow | None]:
    """The answer; there is neither for an application that is part of the service."""
    row, look = [await tx.one(one.statement, **one.arguments) for one in asked]
    return (
        None if row is None else value_of(ApplicationRow, row),
        None if look is None else value_of(ApplicationExperienceRow, look),
    )


async def lock(tx: Transaction, tenant_id: str, id: str) -> ApplicationRow | None:  # noqa: A002 - the column's name
    """One application, which nobody else changes until this unit ends."""
    row = await tx.one("applications.lock", tenant_id=tenant_id, id=id)
    return value_of(ApplicationRow, row) if row else None


async def list_all(tx: Transaction, tenant_id: str) -> list[ApplicationRow]:
    """The tenant's applications, newest first."""
    return [
        value_of(ApplicationRow, row)
        for row in await tx.all("applications.list", tenant_id=tenant_id)
    ]


async def find(
    tx: Transaction, tenant_id: str, wanted: ApplicationFilter, page: Page | None
) -> Part[ApplicationRow]:
    """A page of those that match, newest first; without a page all of them.

    Raises ``InvalidRequestInput`` for a pattern that cannot be read.
    """
    search, searched = shape_of(wanted.search)
    values = {
        "is_third_party": wanted.is_third_party,
        "role_id": wanted.role_id,
        "exclude_role_id": wanted.exclude_role_id,
        "exclude_organization_id": wanted.exclude_organization_id,
    }
    given = {name: value for name, value in values.items() if value is not None}
    types = {f"type_{'abcdefghij'[place]}": kind for place, kind in enumerate(wanted.types)}
    shape = (tuple(types), tuple(given), search)
    arguments = {"tenant_id": tenant_id, **types, **given, **searched}
    return await part_of(
        tx,
        _found("applications.find", shape, _PAGE),
        _found("applications.count_found", shape, _COUNT),
        page,
        ApplicationRow,
        **arguments,
    )


async def in_organization(
    tx: Transaction, tenant_id: str, organization_id: str, *, text: str | None, page: Page
) -> Part[ApplicationRow]:
    """A page of an organization's whose id, name or description holds a text, the latest first."""
    return await part_of(
        tx,
        "applications.in_organization",
        "applications.count_in_organization",
        page,
        ApplicationRow,
        tenant_id=tenant_id,
        organization_id=organization_id,
        q=containing(text),
    )


async def update(tx: Transaction, row: ApplicationRow) -> None:
    """Store a locked row as it is to be."""
    arguments = asdict(row)
    del arguments["type"], arguments["is_third_party"], arguments["created_at"]
    await tx.run("applications.update", **arguments)


async def delete(tx: Transaction, tenant_id: str, id: str) -> bool:  # noqa: A002 - the column's name
    """Delete with all that belongs to it; false when there is no such application."""
    return await tx.run("applications.delete", tenant_id=tenant_id, id=id) > 0


async def add_secret(
    tx: Transaction, tenant_id: str, application_id: str, secret: SecretRow
) -> None:
    """Give an application a secret. Raises ``SecretNameExists``."""
    await tx.run(
        "applications.add_secret",
        tenant_id=tenant_id,
        application_id=application_id,
        **asdict(secret),
    )


async def secrets(tx: Transaction, tenant_id: str, application_id: str) -> list[SecretRow]:
    """An application's secrets, expired ones too."""
    rows = await tx.all("applications.secrets", tenant_id=tenant_id, application_id=application_id)
    return [value_of(SecretRow, row) for row in rows]


async def rename_secret(
    tx: Transaction, tenant_id: str, application_id: str, name: str, new_name: str
) -> SecretRow | None:
    """Give a secret another name; ``None`` when it is gone. Raises ``SecretNameExists``."""
    row = await tx.one(
        "applications.rename_secret",
        tenant_id=tenant_id,
        application_id=application_id,
        name=name,
        new_name=new_name,
    )
    return value_of(SecretRow, row) if row else None


async def delete_secret(tx: Transaction, tenant_id: str, application_id: str, name: str) -> bool:
    """Delete a secret; false when it is gone."""
    return (
        await tx.run(
            "applications.delete_secret",
            tenant_id=tenant_id,
            application_id=application_id,
            name=name,
        )
        > 0
    )


async def get_experience(
    tx: Transaction, tenant_id: str, application_id: str
) -> ApplicationExperienceRow | None:
    """How an application's pages look, if it says so."""
    one = asked_experience(tenant_id, application_id)
    row = await tx.one(one.statement, **one.arguments)
    return None if row is None else value_of(ApplicationExperienceRow, row)


def asked_experience(tenant_id: str, application_id: str) -> Question:
    """What ``get_experience`` asks, to be asked together with what else is needed."""
    values = {"tenant_id": tenant_id, "application_id": application_id}
    return Question("applications.sign_in_experience", values)


def asked(tenant_id: str, id: str) -> tuple[Question, Question]:  # noqa: A002 - the column's name
    """One application and how its pages look, to be asked together with what else is needed."""
    return (
        Question("applications.get", {"tenant_id": tenant_id, "id": id}),
        Question("applications.sign_in_experience", {"tenant_id": tenant_id, "application_id": id}),
    )


def found(
    rows: Sequence[Row], looks: Sequence[Row]
) -> tuple[ApplicationRow | None, ApplicationExperienceRow | None]:
    """The answers."""
    return (
        value_of(ApplicationRow, rows[0]) if rows else None,
        value_of(ApplicationExperienceRow, looks[0]) if looks else None,
    )


async def put_experience(tx: Transaction, row: ApplicationExperienceRow) -> None:
    """Store how an application's pages look."""
    await tx.run("applications.put_sign_in_experience", **asdict(row))


_PAGE = (
    "SELECT * FROM applications WHERE {0} ORDER BY created_at DESC, id "
    "LIMIT :page_size OFFSET :page_offset"
)
_COUNT = "SELECT COUNT(*) AS total FROM applications WHERE {0}"
_CONDITIONS = {
    "is_third_party": "is_third_party = :is_third_party",
    "role_id": (
        "EXISTS (SELECT 1 FROM application_roles AS held "
        "WHERE held.tenant_id = applications.tenant_id AND held.application_id = applications.id "
        "AND held.role_id = :role_id)"
    ),
    "exclude_role_id": (
        "NOT EXISTS (SELECT 1 FROM application_roles AS held "
        "WHERE held.tenant_id = applications.tenant_id AND held.application_id = applications.id "
        "AND held.role_id = :exclude_role_id)"
    ),
    "exclude_organization_id": (
        "NOT EXISTS (SELECT 1 FROM organization_applications AS held "
        "WHERE held.tenant_id = applications.tenant_id AND held.application_id = applications.id "
        "AND held.organization_id = :exclude_organization_id)"
    ),
}


@lru_cache(maxsize=128)
def _found(
    name: str, shape: tuple[tuple[str, ...], tuple[str, ...], Search], text: str
) -> Statement:
    types, given, search = shape
    conditions = ["tenant_id = :tenant_id", *(_CONDITIONS[name] for name in given)]
    if types:
        conditions.append("type IN (" + ", ".join(f":{name}" for name in types) + ")")
    ours, sqlites = (
        text.format(" AND ".join([*conditions, of_things(search, "applications", sqlite=sqlite)]))
        for sqlite in (False, True)
    )
    return Statement.of(name, ours, sqlite=sqlites)
