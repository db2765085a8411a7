"""People, organizations, roles, invitations, webhooks, one-time tokens, settings and the audit log.

Times are milliseconds since the epoch. Addresses have a second column, lower-cased, that is
compared: two spellings of one address are one person.

It is long because it is one step: the tables refer to each other, and no version works with some of
them.
"""

import sqlalchemy as sa
from alembic import op

from carteiro.storage.migrations.columns import belongs, json, key, refers, tenant, text, time

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    _applications()
    _users()
    _roles()
    _management_access()
    _organizations()
    _invitations()
    _hooks()
    _tokens_and_settings()
    _logs()


def _applications() -> None:
    for column in ("oidc_client_metadata", "custom_client_metadata"):
        op.add_column(
            "applications", sa.Column(column, sa.Text, nullable=False, server_default="{}")
        )
    op.add_column("applications", sa.Column("protected_app_metadata", sa.Text))
    for column in ("is_third_party", "app_level_access_control_enabled"):
        op.add_column(
            "applications",
            sa.Column(column, sa.Boolean, nullable=False, server_default=sa.false()),
        )
    op.create_index("applications_by_age", "applications", ["tenant_id", "created_at", "id"])
    op.create_table(
        "application_sign_in_experiences",
        tenant(),
        sa.Column("application_id", text(21), nullable=False),
        json("color"),
        json("branding"),
        sa.Column("custom_css", sa.Text),
        sa.Column("terms_of_use_url", sa.String(2048)),
        sa.Column("privacy_policy_url", sa.String(2048)),
        sa.Column("display_name", sa.String(256)),
        key("application_sign_in_experiences", "application_id"),
        refers("application_sign_in_experiences", "application_id", "applications"),
    )


def _users() -> None:
    op.create_table(
        "users",
        tenant(),
        sa.Column("id", text(12), nullable=False),
        sa.Column("username", text(128)),
        sa.Column("username_lower", text(128)),
        sa.Column("primary_email", text(128)),
        sa.Column("email_key", text(128)),
        sa.Column("primary_phone", text(128)),
        sa.Column("password_encrypted", sa.String(256)),
        sa.Column("password_encryption_method", sa.String(16)),
        sa.Column("name", sa.String(128)),
        sa.Column("avatar", sa.String(2048)),
        json("profile"),
        sa.Column("application_id", text(21)),
        sa.Column("cimd_client_id", sa.String(2048)),
        json("identities"),
        json("custom_data"),
        json("logto_config"),
        json("mfa_verifications"),
        sa.Column("is_suspended", sa.Boolean, nullable=False),
        sa.Column("is_password_expired", sa.Boolean, nullable=False),
        time("last_sign_in_at", nullable=True),
        time("password_updated_at", nullable=True),
        time("created_at"),
        time("updated_at"),
        key("users", "id"),
        sa.UniqueConstraint("tenant_id", "username", name="users_username"),
        sa.UniqueConstraint("tenant_id", "email_key", name="users_email"),
        sa.UniqueConstraint("tenant_id", "primary_phone", name="users_phone"),
        belongs("users"),
    )
    op.create_index("users_by_age", "users", ["tenant_id", "created_at", "id"])
    op.create_index("users_by_username_lower", "users", ["tenant_id", "username_lower"])
    _user_search()
    op.create_table(
        "row_counts",
        tenant(),
        sa.Column("name", text(32), nullable=False),
        sa.Column("shard", sa.Integer, nullable=False),
        sa.Column("rows", sa.BigInteger, nullable=False),
        key("row_counts", "name", "shard"),
        belongs("row_counts"),
    )


def _user_search() -> None:
    """Trigrams find a text anywhere in a column; where the extension is not to be had, go without.

    Then a search for a text that few people have reads them all.
    """
    connection = op.get_bind()
    if connection.dialect.name != "postgresql":
        return
    try:
        with connection.begin_nested():
            op.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
    except sa.exc.DBAPIError:
        return
    for name, expression in (
        ("email", "email_key"),
        ("username", "username_lower"),
        ("phone", "primary_phone"),
        ("name", "lower(name)"),
        ("id", "id"),
    ):
        op.execute(
            f"CREATE INDEX users_search_{name} ON users USING gin ({expression} gin_trgm_ops)"
        )


def _roles() -> None:
    op.create_table(
        "resources",
        tenant(),
        sa.Column("id", text(21), nullable=False),
        sa.Column("name", sa.String(256), nullable=False),
        sa.Column("indicator", text(2048), nullable=False),
        sa.Column("is_default", sa.Boolean, nullable=False),
        sa.Column("access_token_ttl", sa.BigInteger, nullable=False),
        time("created_at"),
        key("resources", "id"),
        sa.UniqueConstraint("tenant_id", "indicator", name="resources_indicator"),
        belongs("resources"),
    )
    op.create_table(
        "scopes",
        tenant(),
        sa.Column("id", text(21), nullable=False),
        sa.Column("resource_id", text(21), nullable=False),
        sa.Column("name", text(256), nullable=False),
        sa.Column("description", sa.Text),
        time("created_at"),
        key("scopes", "id"),
        sa.UniqueConstraint("tenant_id", "resource_id", "name", name="scopes_name"),
        refers("scopes", "resource_id", "resources"),
    )
    op.create_table(
        "roles",
        tenant(),
        sa.Column("id", text(21), nullable=False),
        sa.Column("name", text(128), nullable=False),
        sa.Column("description", sa.String(128), nullable=False),
        sa.Column("type", text(32), nullable=False),
        sa.Column("is_default", sa.Boolean, nullable=False),
        time("created_at"),
        key("roles", "id"),
        sa.UniqueConstraint("tenant_id", "name", name="roles_name"),
        sa.UniqueConstraint("tenant_id", "id", "type", name="roles_id_type"),
        belongs("roles"),
    )
    _relation("role_scopes", role_id="roles", scope_id="scopes")
    _typed_role_relation("user_roles", "user_id", "users", 12, "User")
    _typed_role_relation(
        "application_roles", "application_id", "applications", 21, "MachineToMachine"
    )


def _management_access() -> None:
    """What every tenant starts with; whoever could manage can still."""
    now = "COALESCE((SELECT MAX(created_at) FROM tenants), 0)"
    op.execute(
        "INSERT INTO resources (tenant_id, id, name, indicator, is_default, access_token_ttl, "
        "created_at) SELECT id, 'management-api', 'Management API', "
        f"'https://' || id || '.logto.app/api', FALSE, 3600, {now} FROM tenants"
    )
    op.execute(
        "INSERT INTO scopes (tenant_id, id, resource_id, name, description, created_at) "
        "SELECT id, 'management-api-all', 'management-api', 'all', "
        f"'Everything that the management API can do.', {now} FROM tenants"
    )
    for id_, name in (
        ("management-api-access", "Logto Management API access"),
        ("admin-role", r"#internal\:admin"),
    ):
        op.execute(
            "INSERT INTO roles (tenant_id, id, name, description, type, is_default, created_at) "
            f"SELECT id, '{id_}', '{name}', 'Whoever has it may use the management API.', "
            f"'MachineToMachine', FALSE, {now} FROM tenants"
        )
        op.execute(
            "INSERT INTO role_scopes (tenant_id, role_id, scope_id) "
            f"SELECT id, '{id_}', 'management-api-all' FROM tenants"
        )
    op.execute(
        "INSERT INTO application_roles (tenant_id, application_id, role_id, role_type) "
        "SELECT tenant_id, id, 'admin-role', 'MachineToMachine' FROM applications WHERE is_admin"
    )
    op.drop_column("applications", "is_admin")


def _organizations() -> None:
    op.create_table(
        "organizations",
        tenant(),
        sa.Column("id", text(21), nullable=False),
        sa.Column("name", sa.String(128), nullable=False),
        sa.Column("description", sa.String(256)),
        json("custom_data"),
        sa.Column("is_mfa_required", sa.Boolean, nullable=False),
        json("color"),
        json("branding"),
        sa.Column("custom_css", sa.Text),
        time("created_at"),
        key("organizations", "id"),
        belongs("organizations"),
    )
    op.create_index("organizations_by_age", "organizations", ["tenant_id", "created_at", "id"])
    op.create_table(
        "organization_users",
        tenant(),
        sa.Column("organization_id", text(21), nullable=False),
        sa.Column("user_id", text(12), nullable=False),
        time("created_at"),
        key("organization_users", "organization_id", "user_id"),
        refers("organization_users", "organization_id", "organizations"),
        refers("organization_users", "user_id", "users"),
    )
    op.create_index("organization_users_by_user", "organization_users", ["tenant_id", "user_id"])
    op.create_table(
        "organization_roles",
        tenant(),
        sa.Column("id", text(21), nullable=False),
        sa.Column("name", text(128), nullable=False),
        sa.Column("description", sa.String(256)),
        sa.Column("type", text(32), nullable=False),
        key("organization_roles", "id"),
        sa.UniqueConstraint("tenant_id", "name", name="organization_roles_name"),
        sa.UniqueConstraint("tenant_id", "id", "type", name="organization_roles_id_type"),
        belongs("organization_roles"),
    )
    _relation(
        "organization_role_resource_scopes",
        organization_role_id="organization_roles",
        scope_id="scopes",
    )
    op.create_table(
        "organization_user_roles",
        tenant(),
        sa.Column("organization_id", text(21), nullable=False),
        sa.Column("user_id", text(12), nullable=False),
        sa.Column("organization_role_id", text(21), nullable=False),
        # The role's type stands here so that the database itself keeps machines' roles from people.
        sa.Column("role_type", text(32), nullable=False),
        key("organization_user_roles", "organization_id", "user_id", "organization_role_id"),
        sa.CheckConstraint("role_type = 'User'", name="organization_user_roles_type"),
        sa.ForeignKeyConstraint(
            ["tenant_id", "organization_id", "user_id"],
            [
                "organization_users.tenant_id",
                "organization_users.organization_id",
                "organization_users.user_id",
            ],
            name="organization_user_roles_member",
            ondelete="CASCADE",
            onupdate="CASCADE",
        ),
        _role_reference("organization_user_roles", "organization_role_id", "organization_roles"),
    )
    op.create_index(
        "organization_user_roles_by_role",
        "organization_user_roles",
        ["tenant_id", "organization_role_id"],
    )
    op.create_table(
        "organization_jit_email_domains",
        tenant(),
        sa.Column("organization_id", text(21), nullable=False),
        sa.Column("email_domain", text(128), nullable=False),
        key("organization_jit_email_domains", "organization_id", "email_domain"),
        refers("organization_jit_email_domains", "organization_id", "organizations"),
    )
    op.create_index(
        "organization_jit_email_domains_by_domain",
        "organization_jit_email_domains",
        ["tenant_id", "email_domain"],
    )


def _invitations() -> None:
    op.create_table(
        "organization_invitations",
        tenant(),
        sa.Column("id", text(21), nullable=False),
        sa.Column("inviter_id", text(12)),
        sa.Column("invitee", sa.String(256), nullable=False),
        sa.Column("invitee_key", text(256), nullable=False),
        sa.Column("accepted_user_id", text(12)),
        sa.Column("organization_id", text(21), nullable=False),
        sa.Column("status", text(16), nullable=False),
        time("created_at"),
        time("updated_at"),
        time("expires_at"),
        key("organization_invitations", "id"),
        refers("organization_invitations", "organization_id", "organizations"),
        refers("organization_invitations", "inviter_id", "users"),
        refers("organization_invitations", "accepted_user_id", "users"),
    )
    pending = sa.text("status = 'Pending'")
    op.create_index(
        "organization_invitations_one_pending",
        "organization_invitations",
        ["tenant_id", "organization_id", "invitee_key"],
        unique=True,
        postgresql_where=pending,
        sqlite_where=pending,
    )
    for name, column in (
        ("age", "created_at"),
        ("invitee", "invitee_key"),
        ("inviter", "inviter_id"),
    ):
        op.create_index(
            f"organization_invitations_by_{name}", "organization_invitations", ["tenant_id", column]
        )
    _relation(
        "organization_invitation_roles",
        invitation_id="organization_invitations",
        organization_role_id="organization_roles",
    )


def _hooks() -> None:
    op.create_table(
        "hooks",
        tenant(),
        sa.Column("id", text(21), nullable=False),
        sa.Column("name", sa.String(256), nullable=False),
        sa.Column("event", sa.String(128)),
        json("events"),
        sa.Column("config_sealed", sa.LargeBinary, nullable=False),
        sa.Column("signing_key_sealed", sa.LargeBinary, nullable=False),
        sa.Column("enabled", sa.Boolean, nullable=False),
        time("created_at"),
        key("hooks", "id"),
        belongs("hooks"),
    )
    op.create_table(
        "hook_deliveries",
        tenant(),
        sa.Column("id", text(21), nullable=False),
        sa.Column("hook_id", text(21), nullable=False),
        sa.Column("event", sa.String(128), nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        time("created_at"),
        time("due_at"),
        time("leased_until", nullable=True),
        key("hook_deliveries", "id"),
        refers("hook_deliveries", "hook_id", "hooks"),
    )
    op.create_index("hook_deliveries_due", "hook_deliveries", ["due_at"])


def _tokens_and_settings() -> None:
    op.create_table(
        "one_time_tokens",
        tenant(),
        sa.Column("id", text(21), nullable=False),
        sa.Column("email", sa.String(128), nullable=False),
        sa.Column("email_key", text(128), nullable=False),
        sa.Column("token_hash", sa.LargeBinary, nullable=False),
        json("context"),
        sa.Column("status", text(16), nullable=False),
        time("created_at"),
        time("expires_at"),
        key("one_time_tokens", "id"),
        sa.UniqueConstraint("tenant_id", "token_hash", name="one_time_tokens_token"),
        belongs("one_time_tokens"),
    )
    op.create_index("one_time_tokens_by_age", "one_time_tokens", ["tenant_id", "created_at", "id"])
    op.create_index("one_time_tokens_by_email", "one_time_tokens", ["tenant_id", "email_key"])
    op.create_table(
        "tenant_settings",
        tenant(),
        sa.Column("name", text(64), nullable=False),
        json("value"),
        sa.Column("value_sealed", sa.LargeBinary),
        key("tenant_settings", "name"),
        belongs("tenant_settings"),
    )


def _logs() -> None:
    op.create_table(
        "logs",
        tenant(),
        sa.Column("id", text(21), nullable=False),
        sa.Column("key", text(128), nullable=False),
        sa.Column("result", text(16), nullable=False),
        json("payload"),
        sa.Column("user_id", text(21)),
        sa.Column("application_id", text(21)),
        sa.Column("hook_id", text(21)),
        time("created_at"),
        key("logs", "id"),
        belongs("logs"),
    )
    # Ids begin with the time, so the primary key is the order of the log.
    op.create_index("logs_by_key", "logs", ["tenant_id", "key", "id"])
    for column in ("user_id", "application_id", "hook_id"):
        there = sa.text(f"{column} IS NOT NULL")
        op.create_index(
            f"logs_by_{column.removesuffix('_id')}",
            "logs",
            ["tenant_id", column, "id"],
            postgresql_where=there,
            sqlite_where=there,
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


def _typed_role_relation(table: str, column: str, target: str, length: int, kind: str) -> None:
    """Who has a role; the database keeps roles for machines and for people apart."""
    op.create_table(
        table,
        tenant(),
        sa.Column(column, text(length), nullable=False),
        sa.Column("role_id", text(21), nullable=False),
        sa.Column("role_type", text(32), nullable=False),
        key(table, column, "role_id"),
        sa.CheckConstraint(f"role_type = '{kind}'", name=f"{table}_type"),
        refers(table, column, target),
        _role_reference(table, "role_id", "roles"),
    )
    op.create_index(f"{table}_by_role", table, ["tenant_id", "role_id"])


def _role_reference(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["tenant_id", column, "role_type"],
        [f"{target}.tenant_id", f"{target}.id", f"{target}.type"],
        name=f"{table}_role",
        ondelete="CASCADE",
        onupdate="CASCADE",
    )


def downgrade() -> None:
    """Drop what the upgrade made; who may manage is kept."""
    op.add_column(
        "applications",
        sa.Column("is_admin", sa.Boolean, nullable=False, server_default=sa.false()),
    )
    op.execute(
        "UPDATE applications SET is_admin = TRUE WHERE (tenant_id, id) IN ("
        "SELECT tenant_id, application_id FROM application_roles WHERE role_id = 'admin-role')"
    )
    for table in (
        "logs",
        "tenant_settings",
        "one_time_tokens",
        "hook_deliveries",
        "hooks",
        "organization_invitation_roles",
        "organization_invitations",
        "organization_jit_email_domains",
        "organization_user_roles",
        "organization_role_resource_scopes",
        "organization_roles",
        "organization_users",
        "organizations",
        "application_roles",
        "user_roles",
        "role_scopes",
        "roles",
        "scopes",
        "resources",
        "row_counts",
        "users",
        "application_sign_in_experiences",
    ):
        op.drop_table(table)
    op.drop_index("applications_by_age", "applications")
    for column in (
        "app_level_access_control_enabled",
        "is_third_party",
        "protected_app_metadata",
        "custom_client_metadata",
        "oidc_client_metadata",
    ):
        op.drop_column("applications", column)
