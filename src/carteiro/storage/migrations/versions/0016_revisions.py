"""Templates and connectors point to revisions that never change; what is there becomes the first.

Sealed configs are carried over as they are: they stay bound to their connectors.
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

from carteiro.storage.migrations.columns import belongs, json, key, refers, tenant, text, time

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

_CONNECTORS = ("connectors", "fallback_connectors")


def upgrade() -> None:
    """Make the tables, and move the contents there."""
    _templates()
    _connectors()
    op.add_column("messages", sa.Column("template_revision", sa.Integer))
    op.add_column("attempts", sa.Column("template", sa.String(64)))
    op.add_column("attempts", sa.Column("template_revision", sa.Integer))
    op.add_column("attempts", sa.Column("connector_revision", sa.Integer))


def _templates() -> None:
    op.create_table(
        "template_revisions",
        tenant(),
        sa.Column("template_id", text(21), nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        json("details", nullable=True),
        *_written(),
        key("template_revisions", "template_id", "number"),
        refers("template_revisions", "template_id", "email_templates"),
        belongs("template_revisions"),
    )
    _by_author("template_revisions")
    op.add_column("email_templates", sa.Column("revision", sa.Integer))
    op.add_column(
        "email_templates", sa.Column("latest", sa.Integer, nullable=False, server_default="0")
    )
    op.execute(
        "INSERT INTO template_revisions (tenant_id, template_id, number, details, created_at) "
        "SELECT tenant_id, id, 1, details, created_at FROM email_templates"
    )
    op.execute("UPDATE email_templates SET revision = 1, latest = 1")
    op.drop_column("email_templates", "details")
    gone = sa.text("revision IS NULL")
    op.create_index(
        "email_templates_not_live",
        "email_templates",
        ["tenant_id", "id"],
        postgresql_where=gone,
        sqlite_where=gone,
    )


def _connectors() -> None:
    op.create_table(
        "connector_revisions",
        tenant(),
        sa.Column("connector_id", text(128), nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("config_sealed", sa.LargeBinary, nullable=False),
        *_written(),
        key("connector_revisions", "connector_id", "number"),
        belongs("connector_revisions"),
    )
    _by_author("connector_revisions")
    for table in _CONNECTORS:
        op.add_column(table, sa.Column("revision", sa.Integer, nullable=False, server_default="1"))
        op.execute(
            "INSERT INTO connector_revisions "
            "(tenant_id, connector_id, number, config_sealed, created_at) "
            f"SELECT tenant_id, id, 1, config_sealed, created_at FROM {table}"
        )
        op.drop_column(table, "config_sealed")


def _written() -> tuple[sa.Column[Any], ...]:
    """By whom a revision is, when and why; what it brings back, what a draft was made of."""
    return (
        sa.Column("application_id", text(21)),
        sa.Column("user_id", text(12)),
        sa.Column("note", sa.String(500)),
        sa.Column("restores", sa.Integer),
        sa.Column("based_on", sa.Integer),
        time("created_at"),
    )


def _by_author(table: str) -> None:
    known = sa.text("user_id IS NOT NULL")
    op.create_index(
        f"{table}_by_user",
        table,
        ["tenant_id", "user_id"],
        postgresql_where=known,
        sqlite_where=known,
    )


def downgrade() -> None:
    """Put back what is live; what is not is gone, and so is the history."""
    for column in ("connector_revision", "template_revision", "template"):
        op.drop_column("attempts", column)
    op.drop_column("messages", "template_revision")
    for table in _CONNECTORS:
        op.add_column(
            table, sa.Column("config_sealed", sa.LargeBinary, nullable=False, server_default="")
        )
        op.execute(
            f"UPDATE {table} SET config_sealed = (SELECT config_sealed "
            f"FROM connector_revisions WHERE tenant_id = {table}.tenant_id "
            f"AND connector_id = {table}.id AND number = {table}.revision)"
        )
        op.drop_column(table, "revision")
    op.drop_table("connector_revisions")
    op.drop_index("email_templates_not_live", "email_templates")
    op.execute("DELETE FROM email_templates WHERE revision IS NULL")
    op.add_column(
        "email_templates", sa.Column("details", sa.Text, nullable=False, server_default="{}")
    )
    op.execute(
        "UPDATE email_templates SET details = (SELECT details FROM template_revisions "
        "WHERE tenant_id = email_templates.tenant_id AND template_id = email_templates.id "
        "AND number = email_templates.revision)"
    )
    op.drop_column("email_templates", "latest")
    op.drop_column("email_templates", "revision")
    op.drop_table("template_revisions")
