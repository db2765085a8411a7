"""Durable delivery: the queue, who works on what, further connectors, feedback, suppressions.

On PostgreSQL the queue engine's own tables are made by the engine's own installer; on SQLite the
messages themselves are the queue.
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

from carteiro.storage.migrations.columns import belongs, json, key, tenant, text, time

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    _messages()
    _attempts()
    _feedback()
    _connectors()
    op.create_table(
        "processes",
        sa.Column("id", text(21), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("host", sa.String(255), nullable=False),
        sa.Column("pid", sa.Integer, nullable=False),
        time("started_at"),
        time("seen_at"),
        sa.PrimaryKeyConstraint("id", name="processes_pkey"),
    )
    if op.get_bind().dialect.name == "postgresql":
        _engine()


def _messages() -> None:
    for column in (
        sa.Column("mode", sa.String(8), nullable=False, server_default="direct"),
        sa.Column("priority", sa.Integer, nullable=False, server_default="0"),
        sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
        sa.Column("owner", text(21)),
        time("attempt_at", nullable=True),
        time("due_at", nullable=True),
        sa.Column("waiting_for", sa.String(16)),
    ):
        op.add_column("messages", column)
    # A message to a suppressed address is refused by this check in the statement that stores it.
    op.execute(
        "ALTER TABLE messages ADD COLUMN suppressed_by VARCHAR(32) "
        "CONSTRAINT messages_suppressed CHECK (suppressed_by IS NULL)"
    )
    op.create_index("messages_by_recipient", "messages", ["tenant_id", "recipient_hash", "id"])
    for name, columns, state in (
        ("messages_sending", ["owner"], "sending"),
        ("messages_due", ["due_at"], "queued"),
    ):
        rows = sa.text(f"state = '{state}'")
        op.create_index(name, "messages", columns, postgresql_where=rows, sqlite_where=rows)
    if op.get_bind().dialect.name == "sqlite":
        op.execute(
            "CREATE INDEX messages_turn ON messages (priority DESC, created_at) "
            "WHERE state = 'queued'"
        )


def _attempts() -> None:
    op.add_column("attempts", sa.Column("skipped", sa.Text))
    op.add_column("attempts", sa.Column("decision", sa.String(16)))
    known = sa.text("provider_id IS NOT NULL")
    op.create_index(
        "attempts_by_provider_id",
        "attempts",
        ["tenant_id", "provider_id"],
        postgresql_where=known,
        sqlite_where=known,
    )


def _feedback() -> None:
    op.create_table(
        "message_events",
        tenant(),
        sa.Column("connector_id", text(128), nullable=False),
        sa.Column("id", text(64), nullable=False),
        sa.Column("message_id", text(21)),
        sa.Column("provider_id", sa.Text),
        sa.Column("type", sa.String(16), nullable=False),
        sa.Column("reason", sa.String(16)),
        sa.Column("recipient_hash", text(32)),
        sa.Column("recipient_masked", sa.String(320)),
        sa.Column("detail", sa.Text),
        time("occurred_at"),
        time("received_at"),
        key("message_events", "connector_id", "id"),
        belongs("message_events"),
    )
    op.create_index("message_events_by_message", "message_events", ["tenant_id", "message_id"])
    op.create_index("message_events_by_age", "message_events", ["received_at"])
    op.create_table(
        "suppressions",
        tenant(),
        sa.Column("recipient_hash", text(32), nullable=False),
        sa.Column("recipient_sealed", sa.LargeBinary, nullable=False),
        sa.Column("reason", sa.String(32), nullable=False),
        sa.Column("connector_id", text(128)),
        sa.Column("note", sa.String(256)),
        time("created_at"),
        time("expires_at", nullable=True),
        key("suppressions", "recipient_hash"),
        belongs("suppressions"),
    )
    op.create_index(
        "suppressions_by_age", "suppressions", ["tenant_id", "created_at", "recipient_hash"]
    )


def _connectors() -> None:
    op.create_table(
        "fallback_connectors",
        tenant(),
        sa.Column("id", text(128), nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("connector_id", sa.String(128), nullable=False),
        sa.Column("config_sealed", sa.LargeBinary, nullable=False),
        json("limits"),
        time("created_at"),
        key("fallback_connectors", "id"),
        belongs("fallback_connectors"),
    )
    op.create_table(
        "connector_feedback",
        tenant(),
        sa.Column("connector_id", text(128), nullable=False),
        sa.Column("factory_id", sa.String(128), nullable=False),
        sa.Column("settings_sealed", sa.LargeBinary, nullable=False),
        time("created_at"),
        key("connector_feedback", "connector_id"),
        belongs("connector_feedback"),
    )


def _engine() -> None:
    from carteiro.storage.drivers.pgqueuer_tables import install_script  # noqa: PLC0415 - PostgreSQL's

    _run(install_script())


def _run(script: str) -> None:
    """Several statements at once, which only the driver's own ``execute`` takes."""
    driver: Any = op.get_bind().connection.dbapi_connection
    driver.run_async(lambda connection: connection.execute(script))


def downgrade() -> None:
    """Drop what was made."""
    if op.get_bind().dialect.name == "postgresql":
        from carteiro.storage.drivers.pgqueuer_tables import uninstall_script  # noqa: PLC0415 - as above

        _run(uninstall_script())
    for table in (
        "connector_feedback",
        "fallback_connectors",
        "suppressions",
        "message_events",
        "processes",
    ):
        op.drop_table(table)
    op.drop_index("attempts_by_provider_id", "attempts")
    for index in ("messages_by_recipient", "messages_sending", "messages_due"):
        op.drop_index(index, "messages")
    if op.get_bind().dialect.name == "sqlite":
        op.drop_index("messages_turn", "messages")
    for table, columns in (
        ("attempts", ("skipped", "decision")),
        (
            "messages",
            ("mode", "priority", "attempts", "owner", "attempt_at", "due_at", "waiting_for"),
        ),
    ):
        for column in columns:
            op.drop_column(table, column)
    # SQLite cannot drop a column with a check; both forget it by name.
    if op.get_bind().dialect.name == "postgresql":
        op.drop_column("messages", "suppressed_by")
