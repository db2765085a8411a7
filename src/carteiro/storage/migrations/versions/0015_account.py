"""What people prove while they look after their own accounts: each for ten minutes."""

import sqlalchemy as sa
from alembic import op

from carteiro.storage.migrations.columns import belongs, key, refers, tenant, text, time

revision = "0015"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "verification_records",
        tenant(),
        sa.Column("id", text(21), nullable=False),
        sa.Column("user_id", text(12), nullable=False),
        sa.Column("client_id", text(21), nullable=False),
        sa.Column("type", sa.String(32), nullable=False),
        sa.Column("template", sa.String(32)),
        sa.Column("address", sa.String(256)),
        sa.Column("verified", sa.Boolean, nullable=False),
        time("created_at"),
        time("expires_at"),
        key("verification_records", "id"),
        refers("verification_records", "user_id", "users"),
        belongs("verification_records"),
    )
    op.create_index("verification_records_by_end", "verification_records", ["expires_at"])
    op.create_index(
        "verification_records_by_user", "verification_records", ["tenant_id", "user_id"]
    )


def downgrade() -> None:
    """Drop what was made."""
    op.drop_table("verification_records")
