"""Senders and templates of one organization or application, and connectors that wait for them."""

import sqlalchemy as sa
from alembic import op

from carteiro.storage.migrations.columns import belongs, json, key, refers, tenant, text, time

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables; every further connector that is there is tried for everybody, as before."""
    op.add_column(
        "fallback_connectors",
        sa.Column("reserved", sa.Boolean, nullable=False, server_default=sa.false()),
    )
    op.create_table(
        "mail_overrides",
        tenant(),
        sa.Column("id", text(21), nullable=False),
        sa.Column("organization_id", text(21)),
        sa.Column("application_id", text(21)),
        sa.Column("connector_id", text(128)),
        sa.Column("from_name", sa.String(200)),
        sa.Column("reply_to", sa.String(512)),
        time("created_at"),
        key("mail_overrides", "id"),
        sa.UniqueConstraint(
            "tenant_id", "organization_id", name="mail_overrides_one_per_organization"
        ),
        sa.UniqueConstraint(
            "tenant_id", "application_id", name="mail_overrides_one_per_application"
        ),
        sa.CheckConstraint(
            "(organization_id IS NULL) <> (application_id IS NULL)", name="mail_overrides_one_owner"
        ),
        refers("mail_overrides", "organization_id", "organizations"),
        refers("mail_overrides", "application_id", "applications"),
        belongs("mail_overrides"),
    )
    op.create_table(
        "mail_override_templates",
        tenant(),
        sa.Column("id", text(21), nullable=False),
        sa.Column("override_id", text(21), nullable=False),
        sa.Column("language_tag", text(16), nullable=False),
        sa.Column("template_type", text(64), nullable=False),
        json("details"),
        time("created_at"),
        key("mail_override_templates", "id"),
        sa.UniqueConstraint(
            "tenant_id",
            "override_id",
            "language_tag",
            "template_type",
            name="mail_override_templates_one_per_language",
        ),
        refers("mail_override_templates", "override_id", "mail_overrides"),
    )


def downgrade() -> None:
    """Drop what was made. Connectors that waited for an override go: nobody else is to use them.

    Their configs go with them, in every revision.
    """
    op.drop_table("mail_override_templates")
    op.drop_table("mail_overrides")
    op.execute(
        "DELETE FROM connector_revisions WHERE EXISTS (SELECT 1 FROM fallback_connectors "
        "WHERE fallback_connectors.tenant_id = connector_revisions.tenant_id "
        "AND fallback_connectors.id = connector_revisions.connector_id "
        "AND fallback_connectors.reserved)"
    )
    op.execute("DELETE FROM fallback_connectors WHERE reserved")
    op.drop_column("fallback_connectors", "reserved")
