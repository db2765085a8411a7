"""People join organizations by themselves: by their address's domain, or by a link that says so."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import structlog

from carteiro.flows.sign_in.door.guests import Here
from carteiro.flows.sign_in.door.told import Told
from carteiro.storage.people import members, organizations
from carteiro.webhooks.events import HookEvent

_log = structlog.get_logger("carteiro.door")
_AT_MOST = 100
"""Organizations that somebody joins at once."""


async def joins_of(
    here: Here,
    email: str | None,
    named: Iterable[str],
    *,
    known: Sequence[str] | None = None,
) -> list[str]:
    """Which organizations somebody new joins: those of a link, then those of the address's domain.

    ``known`` are the latter. Who would join more than ``_AT_MOST`` at once joins the first of them,
    and the log says so.
    """
    by_domain = list(known or ())
    if email is not None and known is None:
        domain = email.rpartition("@")[2]
        by_domain = await organizations.of_domain(here.tx, here.tenant_id, domain)
    joins = list(dict.fromkeys([*named, *by_domain]))
    if len(joins) > _AT_MOST:
        _log.warning("somebody joins not all of their organizations", wanted=len(joins))
    return joins[:_AT_MOST]


async def join(here: Here, user_id: str, organization_ids: Iterable[str]) -> list[Told]:
    """Join them, with the roles that they give.

    Those that are gone, or that the person belongs to, say nothing.
    """
    told = []
    for id_ in organization_ids:
        if await members.join(here.tx, here.tenant_id, id_, user_id, now=here.now):
            await members.give_domain_roles(here.tx, here.tenant_id, id_, user_id)
            joined = {"organizationId": id_, "addedUserIds": [user_id]}
            told.append(Told(event=HookEvent.ORGANIZATION_MEMBERSHIP_UPDATED, members=joined))
    return told
