"""Keys that sign mails for a tenant's domains."""

import sqlalchemy as sa
from alembic import op

from carteiro.storage.migrations.columns import belongs, key, tenant, text, time

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table: of each kind one key of a domain signs."""
    op.create_table(
        "dkim_keys",
        tenant(),
        sa.Column("domain", text(255), nullable=False),
        sa.Column("selector", text(63), nullable=False),
        sa.Column("algorithm", text(16), nullable=False),
        sa.Column("state", text(16), nullable=False),
        sa.Column("private_sealed", sa.LargeBinary, nullable=False),
        sa.Column("record", sa.Text, nullable=False),
        time("created_at"),
        time("changed_at"),
        key("dkim_keys", "domain", "selector"),
        belongs("dkim_keys"),
    )
    signing = sa.text("state = 'signing'")
    op.create_index(
        "dkim_keys_signing",
        "dkim_keys",
        ["tenant_id", "domain", "algorithm"],
        unique=True,
        postgresql_where=signing,
        sqlite_where=signing,
    )


def downgrade() -> None:
    """Drop what was made."""
    op.drop_table("dkim_keys")
