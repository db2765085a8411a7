"""A browser that somebody signed in with before: what it carries, and how it is known again.

The browser holds a cookie: tokens of 256 bits, one for each person who signed in with it, newest
first, with dots between them. Only a keyed hash of each is stored, beside the person. A token is
made anew for everybody who has none yet in this browser: one that somebody planted there, or that
is another person's, never becomes theirs.

It signs nobody in. It says that whoever tries is probably the owner, and gives them a budget of
failures of their own.
"""

from __future__ import annotations

import re

from carteiro import secrets
from carteiro.flows.world import World
from carteiro.storage.drivers.database import Call, Question, Transaction
from carteiro.storage.sign_in import known_browsers
from carteiro.storage.sign_in.known_browsers import ASKED_AT_MOST, Owner

COOKIE = "_carteiro_browser"
"""Its name. It is ``HttpOnly``, ``SameSite=Lax``, ``Path=/`` and under https ``Secure``."""
LIFETIME = 180 * 86_400
"""Seconds for which the cookie is kept and a browser stays known, from the last sign-in on."""
_MINUTE = 60_000
_BROWSERS_KEPT = 20
"""Of one person."""
_TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")


async def known_as(
    tx: Transaction, world: World, tenant_id: str, cookie: str | None, owner: Owner
) -> str | None:
    """The hash of the browser, where the cookie shows that this person signed in with it before."""
    hashes = list(_by_hash(world, tenant_id, cookie))
    if not hashes:
        return None
    return await known_browsers.owned(
        tx, tenant_id=tenant_id, hashes=hashes, owner=owner, since=_since(world)
    )


def newest_of(world: World, tenant_id: str, cookie: str | None) -> str | None:
    """The hash of the browser's newest token, whosever it is."""
    return next(iter(_by_hash(world, tenant_id, cookie)), None)


def knowing(world: World, tenant_id: str, cookie: str | None, owner: Owner) -> list[Question]:
    """What ``known_as`` asks, to be asked together with what else is needed."""
    hashes = list(_by_hash(world, tenant_id, cookie))
    if not hashes:
        return []
    since = _since(world)
    return [known_browsers.owning(tenant_id=tenant_id, hashes=hashes, owner=owner, since=since)]


def asked_to_remember(world: World, tenant_id: str, cookie: str | None) -> list[Question]:
    """What ``remember_browser`` asks, to be asked together with what else is needed."""
    hashes = list(_by_hash(world, tenant_id, cookie))
    if not hashes:
        return []
    return [known_browsers.holding(tenant_id=tenant_id, hashes=hashes, since=_since(world))]


async def remember_browser(
    tx: Transaction, world: World, tenant_id: str, user_id: str, cookie: str | None
) -> tuple[str, list[Call]]:
    """Know the browser in which a person has just signed in.

    Returns the cookie to set, and what is to be written for it.
    """
    tokens = _by_hash(world, tenant_id, cookie)
    known = None
    if tokens:
        known = await known_browsers.held(
            tx, tenant_id=tenant_id, hashes=list(tokens), user_id=user_id, since=_since(world)
        )
    own = secrets.opaque_value() if known is None else tokens.pop(known)
    browser_hash = known or _hash(world, tenant_id, own)
    calls = [
        known_browsers.remembering(
            tenant_id=tenant_id,
            browser_hash=browser_hash,
            user_id=user_id,
            now=world.clock.now(),
        )
    ]
    if known is None:
        trimmed = known_browsers.trimming(
            tenant_id=tenant_id, user_id=user_id, beside=browser_hash, kept=_BROWSERS_KEPT - 1
        )
        calls.append(trimmed)
    return ".".join([own, *tokens.values()][:ASKED_AT_MOST]), calls


def _since(world: World) -> int:
    """To the minute, rounded up: who asks ahead and who asks then mean the same time."""
    now = world.clock.now()
    return now + -now % _MINUTE - 1000 * LIFETIME


def _by_hash(world: World, tenant_id: str, cookie: str | None) -> dict[str, str]:
    """The tokens of a cookie, by their hashes; one that is not ours holds nothing."""
    parts = (cookie or "").split(".", ASKED_AT_MOST)
    if len(parts) > ASKED_AT_MOST or not all(_TOKEN.fullmatch(part) for part in parts):
        return {}
    return {_hash(world, tenant_id, token): token for token in parts}


def _hash(world: World, tenant_id: str, token: str) -> str:
    return world.keyring.index_digest("browser", tenant_id, token)
