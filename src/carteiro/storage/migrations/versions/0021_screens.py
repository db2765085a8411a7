"""What the pages of an interaction have to say and to remember."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make room for it."""
    op.add_column("interactions", sa.Column("screen", sa.Text))


def downgrade() -> None:
    """Take it away."""
    op.drop_column("interactions", "screen")
