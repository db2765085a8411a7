"""What tokens for organizations rest on: scopes, machines as members, consent; who was active.

A role of an organization may change its type: whoever has it keeps it. So an assignment names the
type that the role had when it was given, and no longer follows it.
"""

import sqlalchemy as sa
from alembic import op

from carteiro.storage.migrations.columns import belongs, key, refers, tenant, text, time

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

_MACHINE = "MachineToMachine"
_TABLES = (
    "active_users",
    "consent_organizations",
    "consent_user_scopes",
    "consent_organization_resource_scopes",
    "consent_resource_scopes",
    "consent_organization_scopes",
    "organization_jit_roles",
    "organization_application_roles",
    "organization_applications",
    "organization_role_scopes",
    "organization_scopes",
)


def upgrade() -> None:
    """Make the tables, and let a role's type change."""
    _scopes()
    _assignments_of_people()
    _machines()
    _relation(
        "organization_jit_roles",
        organization_id="organizations",
        organization_role_id="organization_roles",
    )
    _consent()
    op.create_index(
        "resources_one_default",
        "resources",
        ["tenant_id"],
        unique=True,
        postgresql_where=sa.text("is_default"),
        sqlite_where=sa.text("is_default"),
    )
    op.create_table(
        "active_users",
        tenant(),
        sa.Column("day", sa.Integer, nullable=False),
        sa.Column("user_id", text(12), nullable=False),
        key("active_users", "day", "user_id"),
        belongs("active_users"),
    )
    op.create_index("active_users_by_day", "active_users", ["day"])


def _scopes() -> None:
    op.create_table(
        "organization_scopes",
        tenant(),
        sa.Column("id", text(21), nullable=False),
        sa.Column("name", text(128), nullable=False),
        sa.Column("description", sa.String(256)),
        key("organization_scopes", "id"),
        sa.UniqueConstraint("tenant_id", "name", name="organization_scopes_name"),
        belongs("organization_scopes"),
    )
    _relation(
        "organization_role_scopes",
        organization_role_id="organization_roles",
        organization_scope_id="organization_scopes",
    )


def _machines() -> None:
    op.create_index(
        "applications_id_type", "applications", ["tenant_id", "id", "type"], unique=True
    )
    op.create_table(
        "organization_applications",
        tenant(),
        sa.Column("organization_id", text(21), nullable=False),
        sa.Column("application_id", text(21), nullable=False),
        # The type stands here so that the database itself lets in nothing but machines.
        sa.Column("application_type", text(32), nullable=False),
        time("created_at"),
        key("organization_applications", "organization_id", "application_id"),
        sa.CheckConstraint(
            f"application_type = '{_MACHINE}'", name="organization_applications_type"
        ),
        refers("organization_applications", "organization_id", "organizations"),
        _together(
            "organization_applications_application",
            "applications",
            application_id="id",
            application_type="type",
        ),
    )
    op.create_index(
        "organization_applications_by_application",
        "organization_applications",
        ["tenant_id", "application_id"],
    )
    op.create_table(
        "organization_application_roles",
        tenant(),
        sa.Column("organization_id", text(21), nullable=False),
        sa.Column("application_id", text(21), nullable=False),
        sa.Column("organization_role_id", text(21), nullable=False),
        sa.Column("role_type", text(32), nullable=False),
        key(
            "organization_application_roles",
            "organization_id",
            "application_id",
            "organization_role_id",
        ),
        sa.CheckConstraint(f"role_type = '{_MACHINE}'", name="organization_application_roles_type"),
        _together(
            "organization_application_roles_member",
            "organization_applications",
            organization_id="organization_id",
            application_id="application_id",
        ),
        refers("organization_application_roles", "organization_role_id", "organization_roles"),
    )
    op.create_index(
        "organization_application_roles_by_role",
        "organization_application_roles",
        ["tenant_id", "organization_role_id"],
    )


def _consent() -> None:
    _relation(
        "consent_organization_scopes",
        application_id="applications",
        organization_scope_id="organization_scopes",
    )
    for table in ("consent_resource_scopes", "consent_organization_resource_scopes"):
        _relation(table, application_id="applications", scope_id="scopes")
    op.create_table(
        "consent_user_scopes",
        tenant(),
        sa.Column("application_id", text(21), nullable=False),
        sa.Column("user_scope", text(64), nullable=False),
        key("consent_user_scopes", "application_id", "user_scope"),
        refers("consent_user_scopes", "application_id", "applications"),
    )
    op.create_table(
        "consent_organizations",
        tenant(),
        sa.Column("application_id", text(21), nullable=False),
        sa.Column("user_id", text(12), nullable=False),
        sa.Column("organization_id", text(21), nullable=False),
        key("consent_organizations", "application_id", "user_id", "organization_id"),
        refers("consent_organizations", "application_id", "applications"),
        _together(
            "consent_organizations_member",
            "organization_users",
            organization_id="organization_id",
            user_id="user_id",
        ),
    )
    op.create_index(
        "consent_organizations_by_member",
        "consent_organizations",
        ["tenant_id", "organization_id", "user_id"],
    )


def _relation(table: str, **sides: str) -> None:
    """Two rows of a tenant that go together."""
    first, second = sides
    op.create_table(
        table,
        tenant(),
        sa.Column(first, text(21), nullable=False),
        sa.Column(second, text(21), nullable=False),
        key(table, first, second),
        *(refers(table, column, target) for column, target in sides.items()),
    )
    op.create_index(f"{table}_by_{second.removesuffix('_id')}", table, ["tenant_id", second])


def _together(name: str, target: str, **columns: str) -> sa.ForeignKeyConstraint:
    """Columns that name one row of the same tenant; it takes this one with it."""
    return sa.ForeignKeyConstraint(
        ["tenant_id", *columns],
        [f"{target}.tenant_id", *(f"{target}.{column}" for column in columns.values())],
        name=name,
        ondelete="CASCADE",
        onupdate="CASCADE",
    )


def _assignments_of_people(*, following: bool = False) -> None:
    """Have an assignment name its role alone, or (``following``) the role's type with it."""
    table, name = "organization_user_roles", "organization_user_roles_role"
    role = (
        _together(name, "organization_roles", organization_role_id="id", role_type="type")
        if following
        else _together(name, "organization_roles", organization_role_id="id")
    )
    if op.get_bind().dialect.name == "postgresql":
        op.drop_constraint(name, table, type_="foreignkey")
        op.create_foreign_key(
            name,
            table,
            "organization_roles",
            list(role.column_keys),
            [element.target_fullname.rpartition(".")[2] for element in role.elements],
            ondelete="CASCADE",
            onupdate="CASCADE",
        )
        return
    # SQLite changes no constraint: the table is made again.
    op.rename_table(table, f"{table}_before")
    op.drop_index(f"{table}_by_role", f"{table}_before")
    columns = ("organization_id", "user_id", "organization_role_id")
    op.create_table(
        table,
        tenant(),
        sa.Column("organization_id", text(21), nullable=False),
        sa.Column("user_id", text(12), nullable=False),
        sa.Column("organization_role_id", text(21), nullable=False),
        sa.Column("role_type", text(32), nullable=False),
        key(table, *columns),
        sa.CheckConstraint("role_type = 'User'", name=f"{table}_type"),
        _together(
            f"{table}_member",
            "organization_users",
            organization_id="organization_id",
            user_id="user_id",
        ),
        role,
    )
    op.create_index(f"{table}_by_role", table, ["tenant_id", "organization_role_id"])
    named = f"tenant_id, {', '.join(columns)}, role_type"
    op.execute(f"INSERT INTO {table} ({named}) SELECT {named} FROM {table}_before")
    op.drop_table(f"{table}_before")


def downgrade() -> None:
    """Drop what was made. Whose role has another type by now has it no more."""
    op.drop_index("resources_one_default", "resources")
    for table in _TABLES:
        op.drop_table(table)
    op.drop_index("applications_id_type", "applications")
    op.execute(
        "DELETE FROM organization_user_roles WHERE NOT EXISTS (SELECT 1 FROM organization_roles "
        "WHERE organization_roles.tenant_id = organization_user_roles.tenant_id "
        "AND organization_roles.id = organization_user_roles.organization_role_id "
        "AND organization_roles.type = organization_user_roles.role_type)"
    )
    _assignments_of_people(following=True)
