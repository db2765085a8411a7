"""What every tenant starts with is called as clients of the compatible API look for it."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_RESOURCE = "UPDATE resources SET name = :new WHERE id = 'management-api' AND name = :old"
_SCOPE = """
UPDATE scopes SET description = :new WHERE id = 'management-api-all' AND description = :old
"""
_CHANGES = {
    _RESOURCE: ("Management API", "Logto Management API"),
    _SCOPE: (
        "Everything that the management API can do.",
        "Default scope for Management API, allows all permissions.",
    ),
}


def upgrade() -> None:
    """Rename where nobody else has."""
    for statement, (old, new) in _CHANGES.items():
        op.execute(sa.text(statement).bindparams(old=old, new=new))


def downgrade() -> None:
    """Name as before."""
    for statement, (old, new) in _CHANGES.items():
        op.execute(sa.text(statement).bindparams(old=new, new=old))
