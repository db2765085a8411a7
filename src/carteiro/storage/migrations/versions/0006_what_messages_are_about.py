"""What a message is about, so that nobody is mailed of what died while it waited; who drives.

Messages of before are about nothing, and are sent as they always were.
"""

import sqlalchemy as sa
from alembic import op

from carteiro.storage.migrations.columns import text, time

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns."""
    op.add_column("messages", sa.Column("subject_kind", text(16)))
    op.add_column("messages", sa.Column("subject_id", text(32)))
    op.add_column("processes", time("drove_at", nullable=True))


def downgrade() -> None:
    """Drop them."""
    op.drop_column("processes", "drove_at")
    op.drop_column("messages", "subject_id")
    op.drop_column("messages", "subject_kind")
