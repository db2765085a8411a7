"""One key for all spellings of a mailbox; proofs of providers' events that were seen.

Keys are made again by the rule of today. Where two rows of old data turn out to be the same
mailbox, the older row gets the place and the other one keeps the key of its own spelling: nothing
is deleted and nothing is refused here (decision 19).
"""

from collections.abc import Callable, Iterator
from typing import Any

import sqlalchemy as sa
import structlog
from alembic import op

from carteiro.model.addresses import address_key, domain_key
from carteiro.storage.migrations.columns import belongs, key, tenant, text, time

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_KEY = 512
"""A domain in A-labels is longer than the 128 or 256 characters of what is shown."""
_BATCH = 2_000
_log = structlog.get_logger("carteiro.migrations")


def upgrade() -> None:
    """Widen the keys, make them again, and make the table of proofs."""
    op.create_table(
        "feedback_proofs",
        tenant(),
        sa.Column("connector_id", text(128), nullable=False),
        sa.Column("proof_hash", sa.LargeBinary, nullable=False),
        sa.Column("content_hash", sa.LargeBinary, nullable=False),
        time("seen_at"),
        key("feedback_proofs", "connector_id", "proof_hash"),
        belongs("feedback_proofs"),
    )
    op.create_index("feedback_proofs_by_age", "feedback_proofs", ["seen_at"])
    op.add_column("organization_jit_email_domains", sa.Column("domain_key", text(_KEY)))
    if op.get_bind().dialect.name == "postgresql":
        # SQLite knows no longest text.
        for table, column in (
            ("users", "email_key"),
            ("one_time_tokens", "email_key"),
            ("organization_invitations", "invitee_key"),
        ):
            op.alter_column(table, column, type_=text(_KEY))
    op.create_index(
        "organization_jit_email_domains_once",
        "organization_jit_email_domains",
        ["tenant_id", "organization_id", "domain_key"],
        unique=True,
    )
    _make_again("users", ("id",), "primary_email", "email_key", address_key)
    _make_again("one_time_tokens", ("id",), "email", "email_key", address_key)
    _make_again("organization_invitations", ("id",), "invitee", "invitee_key", address_key)
    _make_again(
        "organization_jit_email_domains",
        ("organization_id", "email_domain"),
        "email_domain",
        "domain_key",
        domain_key,
    )
    op.drop_index("organization_jit_email_domains_by_domain", "organization_jit_email_domains")
    op.create_index(
        "organization_jit_email_domains_by_domain",
        "organization_jit_email_domains",
        ["tenant_id", "domain_key"],
    )


def _make_again(
    table: str, identity: tuple[str, ...], shown: str, column: str, made: Callable[[str], str]
) -> None:
    link = op.get_bind()
    names = ("tenant_id", *identity)
    where = " AND ".join(f"{name} = :{name}" for name in names)
    update = sa.text(f"UPDATE {table} SET {column} = :new WHERE {where}")
    rows = _changed(table, names, shown, column, made)
    for row in sorted(rows, key=lambda row: (row["age"], row["new"] != row["shown"])):
        values = {name: row[name] for name in names}
        try:
            with link.begin_nested():
                link.execute(update, {**values, "new": row["new"]})
        except sa.exc.IntegrityError:
            _log.warning("this mailbox is there in another spelling", table=table, **values)
            if row["old"] is None:
                link.execute(update, {**values, "new": row["shown"]})


def _changed(
    table: str, names: tuple[str, ...], shown: str, column: str, made: Callable[[str], str]
) -> Iterator[dict[str, Any]]:
    """The rows whose key is another one by today's rule, read a batch at a time."""
    link = op.get_bind()
    age = "created_at" if table != "organization_jit_email_domains" else "0"
    order = ", ".join(names)
    after = ", ".join(f":{name}" for name in names)
    select = (
        f"SELECT {order}, {shown} AS shown, {column} AS old, {age} AS age FROM {table} "
        f"WHERE {shown} IS NOT NULL {{more}} ORDER BY {order} LIMIT {_BATCH}"
    )
    last: dict[str, Any] | None = None
    while True:
        more = f"AND ({order}) > ({after})" if last else ""
        rows = link.execute(sa.text(select.format(more=more)), last or {}).mappings().all()
        for row in rows:
            new = made(row["shown"])
            if new != row["old"]:
                yield {**row, "new": new}
        if len(rows) < _BATCH:
            return
        last = {name: rows[-1][name] for name in names}


def downgrade() -> None:
    """Drop what was made; keys stay as they are."""
    op.drop_index("organization_jit_email_domains_once", "organization_jit_email_domains")
    op.drop_index("organization_jit_email_domains_by_domain", "organization_jit_email_domains")
    op.create_index(
        "organization_jit_email_domains_by_domain",
        "organization_jit_email_domains",
        ["tenant_id", "email_domain"],
    )
    op.drop_column("organization_jit_email_domains", "domain_key")
    op.drop_table("feedback_proofs")
