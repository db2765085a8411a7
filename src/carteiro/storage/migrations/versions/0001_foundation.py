"""Tenants, applications, connectors, templates, settings, codes and messages.

Times are milliseconds since the epoch. JSON is text: it is read and written whole.
"""

import sqlalchemy as sa
from alembic import op

from carteiro.storage.migrations.columns import belongs, tenant, text, time

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "tenants",
        sa.Column("id", text(21), nullable=False),
        sa.Column("name", sa.String(128), nullable=False),
        sa.Column("tag", sa.String(64), nullable=False),
        time("created_at"),
        sa.Column("is_suspended", sa.Boolean, nullable=False),
        sa.PrimaryKeyConstraint("id", name="tenants_pkey"),
    )
    _who_and_what()
    _codes()
    _messages()


def _who_and_what() -> None:
    op.create_table(
        "applications",
        tenant(),
        sa.Column("id", text(21), nullable=False),
        sa.Column("name", sa.String(256), nullable=False),
        sa.Column("description", sa.Text),
        sa.Column("type", sa.String(32), nullable=False),
        sa.Column("is_admin", sa.Boolean, nullable=False),
        sa.Column("custom_data", sa.Text, nullable=False),
        time("created_at"),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="applications_pkey"),
        belongs("applications"),
    )
    op.create_table(
        "application_secrets",
        tenant(),
        sa.Column("application_id", text(21), nullable=False),
        sa.Column("name", sa.String(256), nullable=False),
        sa.Column("value_sealed", sa.LargeBinary, nullable=False),
        time("created_at"),
        time("expires_at", nullable=True),
        sa.PrimaryKeyConstraint(
            "tenant_id", "application_id", "name", name="application_secrets_pkey"
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "application_id"],
            ["applications.tenant_id", "applications.id"],
            name="application_secrets_application",
            ondelete="CASCADE",
            onupdate="CASCADE",
        ),
    )
    op.create_table(
        "signing_keys",
        tenant(),
        sa.Column("id", text(64), nullable=False),
        sa.Column("algorithm", sa.String(16), nullable=False),
        sa.Column("private_sealed", sa.LargeBinary, nullable=False),
        time("created_at"),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="signing_keys_pkey"),
        belongs("signing_keys"),
    )
    op.create_table(
        "connectors",
        tenant(),
        sa.Column("id", text(128), nullable=False),
        sa.Column("type", sa.String(16), nullable=False),
        sa.Column("connector_id", sa.String(128), nullable=False),
        sa.Column("config_sealed", sa.LargeBinary, nullable=False),
        sa.Column("metadata", sa.Text, nullable=False),
        sa.Column("sync_profile", sa.Boolean, nullable=False),
        sa.Column("enable_token_storage", sa.Boolean, nullable=False),
        time("created_at"),
        sa.PrimaryKeyConstraint("id", name="connectors_pkey"),
        sa.UniqueConstraint("tenant_id", "type", name="connectors_one_per_type"),
        belongs("connectors"),
    )
    op.create_table(
        "email_templates",
        tenant(),
        sa.Column("id", text(21), nullable=False),
        sa.Column("language_tag", text(16), nullable=False),
        sa.Column("template_type", text(64), nullable=False),
        sa.Column("details", sa.Text, nullable=False),
        time("created_at"),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="email_templates_pkey"),
        sa.UniqueConstraint(
            "tenant_id", "language_tag", "template_type", name="email_templates_one_per_language"
        ),
        belongs("email_templates"),
    )
    op.create_table(
        "sign_in_experiences",
        tenant(),
        sa.Column("settings", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", name="sign_in_experiences_pkey"),
        belongs("sign_in_experiences"),
    )
    op.create_table(
        "custom_phrases",
        tenant(),
        sa.Column("id", text(21), nullable=False),
        sa.Column("language_tag", text(16), nullable=False),
        sa.Column("translation", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="custom_phrases_pkey"),
        sa.UniqueConstraint("tenant_id", "language_tag", name="custom_phrases_one_per_language"),
        belongs("custom_phrases"),
    )


def _codes() -> None:
    op.create_table(
        "codes",
        tenant(),
        sa.Column("identity_hash", text(32), nullable=False),
        sa.Column("id", text(21), nullable=False),
        sa.Column("type", sa.String(32), nullable=False),
        sa.Column("key_id", sa.String(32), nullable=False),
        sa.Column("salt", sa.String(32), nullable=False),
        sa.Column("digest", sa.LargeBinary, nullable=False),
        sa.Column("recipient_hash", text(32), nullable=False),
        sa.Column("tries", sa.Integer, nullable=False),
        time("created_at"),
        time("consumed_at", nullable=True),
        sa.Column("message_id", text(21)),
        sa.PrimaryKeyConstraint("tenant_id", "identity_hash", name="codes_pkey"),
        belongs("codes"),
    )
    op.create_index("codes_by_age", "codes", ["created_at"])
    op.create_table(
        "failure_budgets",
        tenant(),
        sa.Column("recipient_hash", text(32), nullable=False),
        sa.Column("failures", sa.Integer, nullable=False),
        time("since"),
        sa.PrimaryKeyConstraint("tenant_id", "recipient_hash", name="failure_budgets_pkey"),
        belongs("failure_budgets"),
    )
    op.create_index("failure_budgets_by_age", "failure_budgets", ["since"])
    op.create_table(
        "send_windows",
        tenant(),
        sa.Column("action", text(32), nullable=False),
        sa.Column("recipient_hash", text(32), nullable=False),
        sa.Column("stamps", sa.Text, nullable=False),
        time("last_at"),
        sa.Column("window_ms", sa.BigInteger, nullable=False),
        sa.Column("max_sends", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "action", "recipient_hash", name="send_windows_pkey"),
        sa.CheckConstraint(
            "length(stamps) <= 16 * max_sends "
            "OR CAST(substr(stamps, 16 * max_sends + 1, 13) AS BIGINT) <= last_at - window_ms",
            name="send_windows_limit",
        ),
        belongs("send_windows"),
    )
    op.create_index("send_windows_by_age", "send_windows", ["last_at"])


def _messages() -> None:
    op.create_table(
        "usage_counters",
        tenant(),
        sa.Column("connector_id", text(128), nullable=False),
        sa.Column("used", sa.BigInteger, nullable=False),
        sa.Column("cap", sa.BigInteger),
        sa.PrimaryKeyConstraint("tenant_id", "connector_id", name="usage_counters_pkey"),
        sa.CheckConstraint("cap IS NULL OR used <= cap", name="usage_counters_cap"),
        belongs("usage_counters"),
    )
    op.create_table(
        "messages",
        tenant(),
        sa.Column("id", text(21), nullable=False),
        sa.Column("type", sa.String(32), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("recipient_hash", text(32), nullable=False),
        sa.Column("recipient_masked", sa.String(320), nullable=False),
        sa.Column("language", sa.String(64), nullable=False),
        sa.Column("language_reason", sa.String(32), nullable=False),
        sa.Column("template", sa.String(64), nullable=False),
        sa.Column("connector_id", text(128), nullable=False),
        sa.Column("payload_sealed", sa.LargeBinary),
        time("created_at"),
        time("expires_at", nullable=True),
        time("finished_at", nullable=True),
        sa.Column("failure", sa.String(32)),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="messages_pkey"),
        belongs("messages"),
    )
    unfinished = sa.text("finished_at IS NULL")
    op.create_index(
        "messages_unfinished",
        "messages",
        ["expires_at"],
        postgresql_where=unfinished,
        sqlite_where=unfinished,
    )
    op.create_table(
        "attempts",
        tenant(),
        sa.Column("message_id", text(21), nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("connector_id", text(128), nullable=False),
        sa.Column("factory_id", sa.String(128), nullable=False),
        time("started_at"),
        time("finished_at"),
        sa.Column("outcome", sa.String(16), nullable=False),
        sa.Column("disposition", sa.String(16)),
        sa.Column("provider_id", sa.Text),
        sa.Column("error", sa.Text),
        sa.PrimaryKeyConstraint("tenant_id", "message_id", "number", name="attempts_pkey"),
        sa.ForeignKeyConstraint(
            ["tenant_id", "message_id"],
            ["messages.tenant_id", "messages.id"],
            name="attempts_message",
            ondelete="CASCADE",
            onupdate="CASCADE",
        ),
    )


def downgrade() -> None:
    """Drop everything."""
    for table in (
        "attempts",
        "messages",
        "usage_counters",
        "send_windows",
        "failure_budgets",
        "codes",
        "custom_phrases",
        "sign_in_experiences",
        "email_templates",
        "connectors",
        "signing_keys",
        "application_secrets",
        "applications",
        "tenants",
    ):
        op.drop_table(table)
