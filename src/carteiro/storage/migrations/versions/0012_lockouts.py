"""Who failed how often in the last hour, and the browsers that people have signed in with."""

import sqlalchemy as sa
from alembic import op

from carteiro.storage.migrations.columns import belongs, key, refers, tenant, text, time

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "lockouts",
        tenant(),
        sa.Column("target_hash", text(32), nullable=False),
        sa.Column("stamps", sa.Text, nullable=False),
        time("blocked_until"),
        time("last_at"),
        key("lockouts", "target_hash"),
        belongs("lockouts"),
    )
    op.create_index("lockouts_by_age", "lockouts", ["last_at"])
    op.create_table(
        "known_browsers",
        tenant(),
        sa.Column("browser_hash", text(32), nullable=False),
        sa.Column("user_id", text(12), nullable=False),
        time("seen_at"),
        key("known_browsers", "browser_hash"),
        belongs("known_browsers"),
        refers("known_browsers", "user_id", "users"),
    )
    op.create_index("known_browsers_by_user", "known_browsers", ["tenant_id", "user_id", "seen_at"])
    op.create_index("known_browsers_by_age", "known_browsers", ["seen_at"])


def downgrade() -> None:
    """Drop what was made."""
    op.drop_table("known_browsers")
    op.drop_table("lockouts")
