"""When an identifier last failed; rates of sending; finer scopes of the management API."""

import sqlalchemy as sa
from alembic import op

from carteiro.storage.migrations.columns import belongs, key, tenant, text, time

revision = "0008"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the column and the table."""
    op.add_column(
        "failure_budgets",
        sa.Column("last_at", sa.BigInteger, nullable=False, server_default="0"),
    )
    op.create_table(
        "send_rates",
        tenant(),
        sa.Column("bucket", text(16), nullable=False),
        sa.Column("owner_hash", text(32), nullable=False),
        sa.Column("busy_until", sa.BigInteger, nullable=False),
        time("last_at"),
        sa.Column("window_ms", sa.BigInteger, nullable=False),
        key("send_rates", "bucket", "owner_hash"),
        sa.CheckConstraint("busy_until <= 1000 * (last_at + window_ms)", name="send_rates_limit"),
        belongs("send_rates"),
    )
    op.create_index("send_rates_by_age", "send_rates", ["last_at"])


def downgrade() -> None:
    """Drop what was made."""
    op.drop_table("send_rates")
    op.drop_column("failure_budgets", "last_at")
