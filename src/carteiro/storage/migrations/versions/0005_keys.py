"""Which keys a database is sealed with, its own secrets under them, and who holds which key."""

import sqlalchemy as sa
from alembic import op

from carteiro.storage.migrations.columns import text, time

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables; they belong to the database as a whole and to no tenant."""
    op.create_table(
        "secret_keys",
        sa.Column("id", text(32), nullable=False),
        sa.Column("fingerprint", sa.LargeBinary, nullable=False),
        sa.Column("state", text(16), nullable=False),
        time("since"),
        sa.PrimaryKeyConstraint("id", name="secret_keys_pkey"),
    )
    seals = sa.text("state = 'seals'")
    op.create_index(
        "secret_keys_one_seals",
        "secret_keys",
        ["state"],
        unique=True,
        postgresql_where=seals,
        sqlite_where=seals,
    )
    op.create_table(
        "deployment_secrets",
        sa.Column("name", text(32), nullable=False),
        sa.Column("value_sealed", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("name", name="deployment_secrets_pkey"),
    )
    op.create_table(
        "key_holders",
        sa.Column("id", text(21), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("host", sa.String(255), nullable=False),
        sa.Column("pid", sa.Integer, nullable=False),
        sa.Column("key_ids", sa.Text, nullable=False),
        sa.Column("sealing", text(32), nullable=False),
        time("seen_at"),
        sa.PrimaryKeyConstraint("id", name="key_holders_pkey"),
    )


def downgrade() -> None:
    """Drop what was made. Look-up hashes stay those of the first key that was ever used."""
    for table in ("key_holders", "deployment_secrets", "secret_keys"):
        op.drop_table(table)
