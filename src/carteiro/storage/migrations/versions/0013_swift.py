"""Indexes of signing in that a lookup by key is never mistaken for.

Those that have the tenant in them are as good as the key's to PostgreSQL's planner until it has
counted the table: then a lookup reads all rows of the tenant. SQLite's takes the key at once.
"""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

_INDEXES = {
    "browser_sessions_by_account": ("browser_sessions", ["account_id", "created_at"]),
    "interactions_by_account": ("interactions", ["account_id"]),
    "grants_by_account": ("grants", ["account_id", "client_id", "created_at"]),
    "oidc_tokens_by_grant": ("oidc_tokens", ["grant_id"]),
    "oidc_tokens_by_session": ("oidc_tokens", ["session_uid"]),
    "known_browsers_by_user": ("known_browsers", ["user_id", "seen_at"]),
}
"""As they are from now on; before, the tenant stood first."""
_SECRET = "browser_sessions_secret"  # noqa: S105 - a constraint's name


def upgrade() -> None:
    """Leave the tenant out."""
    for name, (table, columns) in _INDEXES.items():
        _remake(name, table, columns)
    if op.get_context().dialect.name == "postgresql":
        op.drop_constraint(_SECRET, "browser_sessions")
        op.create_index(_SECRET, "browser_sessions", ["secret_hash"], unique=True)


def downgrade() -> None:
    """Put the tenant first again."""
    for name, (table, columns) in _INDEXES.items():
        _remake(name, table, ["tenant_id", *columns])
    if op.get_context().dialect.name == "postgresql":
        op.drop_index(_SECRET, "browser_sessions")
        op.create_unique_constraint(_SECRET, "browser_sessions", ["tenant_id", "secret_hash"])


def _remake(name: str, table: str, columns: list[str]) -> None:
    rows = sa.text("session_uid IS NOT NULL") if "session_uid" in columns else None
    op.drop_index(name, table)
    op.create_index(name, table, columns, postgresql_where=rows, sqlite_where=rows)
