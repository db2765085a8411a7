"""The rounds in which no connector was tried: every decision stands on a message's timeline."""

import sqlalchemy as sa
from alembic import op

from carteiro.storage.migrations.columns import json, key, tenant, text, time

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "idle_rounds",
        tenant(),
        sa.Column("message_id", text(21), nullable=False),
        sa.Column("after", sa.Integer, nullable=False),
        sa.Column("waiting_for", sa.String(16), nullable=False),
        json("skipped"),
        time("first_at"),
        time("last_at"),
        time("due_at", nullable=True),
        sa.Column("times", sa.Integer, nullable=False),
        key("idle_rounds", "message_id", "after", "waiting_for"),
        sa.ForeignKeyConstraint(
            ["tenant_id", "message_id"],
            ["messages.tenant_id", "messages.id"],
            name="idle_rounds_message",
            ondelete="CASCADE",
            onupdate="CASCADE",
        ),
    )


def downgrade() -> None:
    """Drop what was made."""
    op.drop_table("idle_rounds")
