"""The rounds in which no connector was tried, on record; and leaner indexes of messages.

Only what waits in the queue can expire there: a message that is sent at once need not be indexed
by when it would. An index that holds a table's whole key beside other columns is taken for the
key's by a planner that has not counted the table yet, and is read from end to end then.
"""

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
    op.drop_index("messages_unfinished", "messages")
    _index("messages_expiring", "state = 'queued'")
    op.drop_index("messages_by_recipient", "messages")
    op.create_index("messages_by_recipient", "messages", ["recipient_hash"])
    op.drop_index("suppressions_by_age", "suppressions")
    op.create_index("suppressions_by_age", "suppressions", ["tenant_id", "created_at"])


def _index(name: str, which: str) -> None:
    rows = sa.text(which)
    op.create_index(name, "messages", ["expires_at"], postgresql_where=rows, sqlite_where=rows)


def downgrade() -> None:
    """Drop what was made."""
    op.drop_index("messages_expiring", "messages")
    _index("messages_unfinished", "finished_at IS NULL")
    op.drop_index("messages_by_recipient", "messages")
    op.create_index("messages_by_recipient", "messages", ["tenant_id", "recipient_hash", "id"])
    op.drop_index("suppressions_by_age", "suppressions")
    op.create_index(
        "suppressions_by_age", "suppressions", ["tenant_id", "created_at", "recipient_hash"]
    )
    op.drop_table("idle_rounds")
