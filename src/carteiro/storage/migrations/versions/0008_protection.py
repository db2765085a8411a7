"""When an identifier last failed; rates of sending; finer scopes of the management API."""

import sqlalchemy as sa
from alembic import op

from carteiro.storage.migrations.columns import belongs, key, tenant, text, time

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


_SCOPES = {
    "codes:write": "Send one-time codes and redeem them.",
    "links:read": "See one-time tokens, without their values.",
    "links:write": "Make, mail, redeem and revoke one-time tokens.",
    "invitations:read": "See invitations.",
    "invitations:write": "Invite people into organizations.",
    "templates:read": "See the templates of mails.",
    "templates:write": "Write the templates of mails.",
    "connectors:read": "See connectors, without their secrets.",
    "connectors:write": "Set up, test and change connectors, without seeing secrets.",
    "messages:read": "See messages, their timelines and the suppression list.",
    "messages:write": "Hasten, cancel and erase messages; suppress addresses.",
    "logs:read": "See the audit log.",
    "people:read": "See people.",
    "people:write": "Make, change, suspend and delete people; let them try again.",
    "organizations:read": "See organizations, their members and roles.",
    "organizations:write": "Change organizations, their members and roles.",
    "settings:read": "See how signing in, codes and delivery are set up.",
    "settings:write": "Decide how signing in, codes and delivery work.",
}


def upgrade() -> None:
    """Make the column, the table and the scopes."""
    op.add_column(
        "failure_budgets",
        sa.Column("last_at", sa.BigInteger, nullable=False, server_default="0"),
    )
    op.create_table(
        "send_rates",
        tenant(),
        sa.Column("bucket", text(16), nullable=False),
        sa.Column("owner_hash", text(32), nullable=False),
        sa.Column("busy_until", sa.BigInteger, nullable=False),
        time("last_at"),
        sa.Column("window_ms", sa.BigInteger, nullable=False),
        key("send_rates", "bucket", "owner_hash"),
        sa.CheckConstraint("busy_until <= 1000 * (last_at + window_ms)", name="send_rates_limit"),
        belongs("send_rates"),
    )
    op.create_index("send_rates_by_age", "send_rates", ["last_at"])
    for name, description in _SCOPES.items():
        id_ = f"m-{name.replace(':', '-')}"
        op.execute(
            "INSERT INTO scopes (tenant_id, id, resource_id, name, description, created_at) "
            f"SELECT tenant_id, '{id_}', id, '{name}', '{description}', created_at "
            "FROM resources WHERE id = 'management-api'"
        )


def downgrade() -> None:
    """Drop what was made."""
    op.execute("DELETE FROM scopes WHERE id LIKE 'm-%' AND resource_id = 'management-api'")
    op.drop_table("send_rates")
    op.drop_column("failure_budgets", "last_at")
