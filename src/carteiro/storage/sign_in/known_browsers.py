"""Browsers in which a person has signed in before: a hash each, and whose it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from carteiro.model.addresses import address_key
from carteiro.storage.drivers.database import Call, Question, Transaction

_PLACES = ("first", "second", "third", "fourth", "fifth")
ASKED_AT_MOST = len(_PLACES)
"""How many browsers are looked for at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Owner:
    """What identifies a person; one of them is enough. ``username_lower`` is for any case."""

    user_id: str | None = None
    email: str | None = None
    phone: str | None = None
    other_phone: str | None = None
    username: str | None = None
    username_lower: str | None = None


async def owned(
    tx: Transaction, *, tenant_id: str, hashes: Sequence[str], owner: Owner, since: int
) -> str | None:
    """The one of these browsers that is the person's and was used after ``since``, if any is."""
    asked = owning(tenant_id=tenant_id, hashes=hashes, owner=owner, since=since)
    row = await tx.one(asked.statement, **asked.arguments)
    return row["browser_hash"] if row else None


def owning(*, tenant_id: str, hashes: Sequence[str], owner: Owner, since: int) -> Question:
    """The same, to be asked together with what else is needed."""
    return Question(
        "browsers.owned",
        {
            "tenant_id": tenant_id,
            **_places(hashes),
            "since": since,
            **_arguments(owner),
        },
    )


async def held(
    tx: Transaction, *, tenant_id: str, hashes: Sequence[str], user_id: str, since: int
) -> str | None:
    """``owned`` of a person whose id is known by now."""
    asked = holding(tenant_id=tenant_id, hashes=hashes, since=since)
    rows = await tx.all(asked.statement, **asked.arguments)
    return next((row["browser_hash"] for row in rows if row["user_id"] == user_id), None)


def holding(*, tenant_id: str, hashes: Sequence[str], since: int) -> Question:
    """The same, to be asked before it is known who the person is."""
    return Question("browsers.held", {"tenant_id": tenant_id, **_places(hashes), "since": since})


async def of_person(tx: Transaction, *, tenant_id: str, owner: Owner) -> list[str]:
    """Every browser of the person."""
    rows = await tx.all("browsers.of_person", tenant_id=tenant_id, **_arguments(owner))
    return [row["browser_hash"] for row in rows]


def remembering(*, tenant_id: str, browser_hash: str, user_id: str, now: int) -> Call:
    """Note that a person signed in with a browser, which is nobody else's."""
    return Call(
        "browsers.remember",
        {
            "tenant_id": tenant_id,
            "browser_hash": browser_hash,
            "user_id": user_id,
            "now": now,
        },
    )


def trimming(*, tenant_id: str, user_id: str, beside: str, kept: int) -> Call:
    """Forget a person's browsers beyond the last ``kept``; the one ``beside`` them is not asked."""
    return Call(
        "browsers.trim",
        {"tenant_id": tenant_id, "user_id": user_id, "beside": beside, "kept": kept},
    )


async def discard(tx: Transaction, *, before: int, batch: int) -> int:
    """Delete at most ``batch`` browsers that were last used before a time."""
    return await tx.run("browsers.discard", before=before, batch=batch)


def _places(hashes: Sequence[str]) -> dict[str, str | None]:
    asked = [*hashes[:ASKED_AT_MOST], *[None] * ASKED_AT_MOST][:ASKED_AT_MOST]
    return dict(zip(_PLACES, asked, strict=True))


def _arguments(owner: Owner) -> dict[str, str | None]:
    return {
        "user_id": owner.user_id,
        "email_key": None if owner.email is None else address_key(owner.email),
        "phone": owner.phone,
        "other_phone": owner.other_phone,
        "username": owner.username,
        "username_lower": owner.username_lower,
    }
