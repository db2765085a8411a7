"""The kinds of columns and keys that every revision is made of."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql


def text(length: int) -> sa.types.TypeEngine[str]:
    """Text that sorts by code points on both databases."""
    return sa.String(length).with_variant(postgresql.VARCHAR(length, collation="C"), "postgresql")


def tenant() -> sa.Column[str]:
    """Whose row it is."""
    return sa.Column("tenant_id", text(21), nullable=False)


def time(name: str, *, nullable: bool = False) -> sa.Column[int]:
    """Milliseconds since the epoch."""
    return sa.Column(name, sa.BigInteger, nullable=nullable)


def json(name: str, *, nullable: bool = False) -> sa.Column[str]:
    """JSON as text: it is read and written whole."""
    return sa.Column(name, sa.Text, nullable=nullable)


def belongs(table: str) -> sa.ForeignKeyConstraint:
    """A tenant takes its rows with it."""
    return sa.ForeignKeyConstraint(
        ["tenant_id"],
        ["tenants.id"],
        name=f"{table}_tenant",
        ondelete="CASCADE",
        onupdate="CASCADE",
    )


def refers(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    """A row of the same tenant takes those that refer to it with it."""
    return sa.ForeignKeyConstraint(
        ["tenant_id", column],
        [f"{target}.tenant_id", f"{target}.id"],
        name=f"{table}_{column.removesuffix('_id')}",
        ondelete="CASCADE",
        onupdate="CASCADE",
    )


def key(table: str, *columns: str) -> sa.PrimaryKeyConstraint:
    """The primary key within a tenant."""
    return sa.PrimaryKeyConstraint("tenant_id", *columns, name=f"{table}_pkey")
