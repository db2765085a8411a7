"""Who was told lately of which kind of change."""

import sqlalchemy as sa
from alembic import op

from carteiro.storage.migrations.columns import belongs, key, tenant, text, time

revision = "0017"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "notices",
        tenant(),
        sa.Column("recipient_hash", text(32), nullable=False),
        sa.Column("type", text(32), nullable=False),
        sa.Column("message_id", text(21), nullable=False),
        time("last_at"),
        key("notices", "recipient_hash", "type"),
        belongs("notices"),
    )
    op.create_index("notices_by_age", "notices", ["last_at"])


def downgrade() -> None:
    """Drop what was made."""
    op.drop_table("notices")
