"""Interactions, browser sessions, grants, and the tokens that they give.

Whatever somebody shows as a proof is 256 bits of chance and stands here as a hash only. Times are
milliseconds since the epoch; every table is found by the end of its rows, for housekeeping.
"""

import sqlalchemy as sa
from alembic import op

from carteiro.storage.migrations.columns import belongs, json, key, refers, tenant, text, time

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    _sessions()
    _interactions()
    _grants()
    _tokens()


def _sessions() -> None:
    op.create_table(
        "browser_sessions",
        tenant(),
        sa.Column("uid", text(21), nullable=False),
        sa.Column("secret_hash", sa.LargeBinary, nullable=False),
        sa.Column("account_id", text(12), nullable=False),
        time("login_at"),
        json("authorizations"),
        json("last_submission", nullable=True),
        time("created_at"),
        time("expires_at"),
        key("browser_sessions", "uid"),
        sa.UniqueConstraint("tenant_id", "secret_hash", name="browser_sessions_secret"),
        refers("browser_sessions", "account_id", "users"),
        belongs("browser_sessions"),
    )
    op.create_index("browser_sessions_by_end", "browser_sessions", ["expires_at"])
    op.create_index(
        "browser_sessions_by_account", "browser_sessions", ["tenant_id", "account_id", "created_at"]
    )


def _interactions() -> None:
    op.create_table(
        "interactions",
        tenant(),
        sa.Column("uid", text(21), nullable=False),
        sa.Column("resume_hash", sa.LargeBinary, nullable=False),
        sa.Column("client_id", text(21), nullable=False),
        sa.Column("prompt", sa.String(16), nullable=False),
        json("params"),
        json("record", nullable=True),
        json("language", nullable=True),
        sa.Column("account_id", text(12)),
        time("submitted_at", nullable=True),
        sa.Column("session_uid", text(21)),
        sa.Column("grant_id", text(21)),
        sa.Column("version", sa.Integer, nullable=False),
        time("created_at"),
        time("expires_at"),
        key("interactions", "uid"),
        refers("interactions", "account_id", "users"),
        belongs("interactions"),
    )
    op.create_index("interactions_by_end", "interactions", ["expires_at"])
    op.create_index("interactions_by_account", "interactions", ["tenant_id", "account_id"])


def _grants() -> None:
    op.create_table(
        "grants",
        tenant(),
        sa.Column("id", text(21), nullable=False),
        sa.Column("account_id", text(12), nullable=False),
        sa.Column("client_id", text(21), nullable=False),
        json("scopes"),
        time("created_at"),
        time("expires_at"),
        key("grants", "id"),
        refers("grants", "account_id", "users"),
        belongs("grants"),
    )
    op.create_index("grants_by_end", "grants", ["expires_at"])
    op.create_index(
        "grants_by_account", "grants", ["tenant_id", "account_id", "client_id", "created_at"]
    )


def _tokens() -> None:
    op.create_table(
        "oidc_tokens",
        tenant(),
        sa.Column("value_hash", sa.LargeBinary, nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("client_id", text(21), nullable=False),
        sa.Column("grant_id", text(21)),
        sa.Column("account_id", text(12)),
        sa.Column("session_uid", text(21)),
        json("content"),
        time("created_at"),
        time("expires_at"),
        time("consumed_at", nullable=True),
        key("oidc_tokens", "value_hash"),
        refers("oidc_tokens", "grant_id", "grants"),
        belongs("oidc_tokens"),
    )
    op.create_index("oidc_tokens_by_end", "oidc_tokens", ["expires_at"])
    op.create_index("oidc_tokens_by_grant", "oidc_tokens", ["tenant_id", "grant_id"])
    op.create_index(
        "oidc_tokens_by_session",
        "oidc_tokens",
        ["tenant_id", "session_uid"],
        postgresql_where=sa.text("session_uid IS NOT NULL"),
        sqlite_where=sa.text("session_uid IS NOT NULL"),
    )


def downgrade() -> None:
    """Drop what was made; everybody signs in again."""
    for table in ("oidc_tokens", "grants", "interactions", "browser_sessions"):
        op.drop_table(table)
