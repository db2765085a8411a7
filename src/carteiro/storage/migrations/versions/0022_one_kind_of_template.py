"""The templates of organizations and applications stand with the tenant's, and have revisions.

What an override has becomes revision 1 of it. A template names its owner itself, and not the
override: so its history outlives one that is deleted.
"""

import sqlalchemy as sa
from alembic import op

from carteiro.storage.migrations.columns import json, key, refers, tenant, text, time

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

_OWNER = "COALESCE('organization/' || organization_id, 'application/' || application_id, '')"
_UNIQUE = "email_templates_one_per_language"
_OWNERS = {"organization_id": "organizations", "application_id": "applications"}


def upgrade() -> None:
    """Let templates have an owner, and take in those of overrides."""
    with op.batch_alter_table("email_templates") as table:
        table.add_column(sa.Column("organization_id", text(21)))
        table.add_column(sa.Column("application_id", text(21)))
        table.add_column(
            sa.Column("owner", text(64), sa.Computed(_OWNER, persisted=True), nullable=False)
        )
        table.drop_constraint(_UNIQUE, type_="unique")
        table.create_unique_constraint(
            _UNIQUE, ["tenant_id", "owner", "language_tag", "template_type"]
        )
        table.create_check_constraint(
            "email_templates_one_owner", "organization_id IS NULL OR application_id IS NULL"
        )
        for column, target in _OWNERS.items():
            table.create_foreign_key(
                f"email_templates_{column.removesuffix('_id')}",
                target,
                ["tenant_id", column],
                ["tenant_id", "id"],
                ondelete="CASCADE",
                onupdate="CASCADE",
            )
    _by_owner()
    op.execute(
        "INSERT INTO email_templates (tenant_id, id, language_tag, template_type, created_at, "
        "revision, latest, organization_id, application_id) "
        "SELECT own.tenant_id, own.id, own.language_tag, own.template_type, own.created_at, 1, 1, "
        "mail_overrides.organization_id, mail_overrides.application_id "
        "FROM mail_override_templates AS own JOIN mail_overrides "
        "ON mail_overrides.tenant_id = own.tenant_id AND mail_overrides.id = own.override_id"
    )
    op.execute(
        "INSERT INTO template_revisions (tenant_id, template_id, number, details, created_at) "
        "SELECT tenant_id, id, 1, details, created_at FROM mail_override_templates"
    )
    op.drop_table("mail_override_templates")


def _by_owner() -> None:
    """An owner that goes takes its templates with it, without all of them being looked at."""
    for column in _OWNERS:
        given = sa.text(f"{column} IS NOT NULL")
        op.create_index(
            f"email_templates_by_{column.removesuffix('_id')}",
            "email_templates",
            ["tenant_id", column],
            postgresql_where=given,
            sqlite_where=given,
        )


def downgrade() -> None:
    """Give overrides back what is live of theirs; their drafts and their history are gone."""
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
    op.execute(
        "INSERT INTO mail_override_templates (tenant_id, id, override_id, language_tag, "
        "template_type, details, created_at) "
        "SELECT own.tenant_id, own.id, mail_overrides.id, own.language_tag, own.template_type, "
        "template_revisions.details, own.created_at "
        "FROM email_templates AS own JOIN template_revisions "
        "ON template_revisions.tenant_id = own.tenant_id "
        "AND template_revisions.template_id = own.id "
        "AND template_revisions.number = own.revision "
        "JOIN mail_overrides ON mail_overrides.tenant_id = own.tenant_id "
        "AND (mail_overrides.organization_id = own.organization_id "
        "OR mail_overrides.application_id = own.application_id)"
    )
    op.execute(
        "DELETE FROM template_revisions WHERE EXISTS (SELECT 1 FROM email_templates "
        "WHERE email_templates.tenant_id = template_revisions.tenant_id "
        "AND email_templates.id = template_revisions.template_id AND owner <> '')"
    )
    op.execute("DELETE FROM email_templates WHERE owner <> ''")
    for column in _OWNERS:
        op.drop_index(f"email_templates_by_{column.removesuffix('_id')}", "email_templates")
    with op.batch_alter_table("email_templates") as table:
        for column in _OWNERS:
            table.drop_constraint(
                f"email_templates_{column.removesuffix('_id')}", type_="foreignkey"
            )
        table.drop_constraint("email_templates_one_owner", type_="check")
        table.drop_constraint(_UNIQUE, type_="unique")
        table.drop_column("owner")
        table.create_unique_constraint(_UNIQUE, ["tenant_id", "language_tag", "template_type"])
        for column in _OWNERS:
            table.drop_column(column)
