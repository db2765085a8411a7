"""Sending for a tenant that has everything over sending for one that has nothing.

The full tenant has templates, revisions of each, and organizations with words and a sender of their
own; its mails go out for one organization after another. ``python -m bench.overriding N`` measures
a tenant of that many organizations, with five templates for each of them.
"""

from __future__ import annotations

import asyncio
import itertools
import sys
from collections.abc import Iterator
from statistics import median
from time import process_time

from bench.populated import Databases, settings_of, sqlite_folder
from carteiro.flows.administer.mail.connectors import NewConnector, create_connector
from carteiro.flows.administer.mail.overrides import Sender, put_sender
from carteiro.flows.administer.mail.templates import Draft, put_templates
from carteiro.flows.administer.organizations.organizations import create_organization
from carteiro.flows.administer.tenant.tenants import create_tenant
from carteiro.flows.backend.verify_address import Asked, send_code
from carteiro.flows.world import World
from carteiro.model.kinds import TemplateType
from carteiro.model.limits import MAX_TEMPLATES
from carteiro.model.owners import Owner, OwnerKind
from carteiro.runtime.opening import open_world
from carteiro.storage.migrations.run import migrate
from carteiro.testing.outbox import OutboxConnector

ORGANIZATIONS = 1_000
_TEMPLATES_EACH = 5
_REVISIONS = 2
_ROUNDS, _SENDS = 15, 200
_BARE, _FULL = "bare", "full"
_WORDS = "<p>Your code is <b>{{code}}</b>. It is good for {{expiresInMinutes}} minutes.</p>" * 10


def measure(organizations: int = ORGANIZATIONS) -> dict[str, float]:
    """Sends per second of the full tenant over the bare one's: for organizations, and for none."""
    with sqlite_folder() as databases:
        return asyncio.run(_measure(databases, organizations))


async def _measure(databases: Databases, organizations: int) -> dict[str, float]:
    url = databases.make("overriding")
    migrate(url)
    async with open_world(settings_of(url), factories=[OutboxConnector]) as world:
        for tenant in (_BARE, _FULL):
            await create_tenant(world, tenant, name=tenant)
            await create_connector(world, tenant, NewConnector(connector_id="outbox"))
            words = _draft("en", TemplateType.GENERIC, "The tenant")
            await put_templates(world, tenant, [words])
        owners = await _fill(world, organizations)
        people = (f"person{number}@example.com" for number in itertools.count())
        ways: dict[str, Iterator[tuple[str, str | None]]] = {
            "bare": itertools.repeat((_BARE, None)),
            "for organizations": ((_FULL, owner) for owner in itertools.cycle(owners)),
            "for none": itertools.repeat((_FULL, None)),
        }
        for way in ways.values():  # what is read and compiled once is no part of it
            await _send(world, way, people, organizations)
        took: dict[str, list[float]] = {name: [] for name in ways}
        for turn in range(_ROUNDS):
            # Each way begins, follows and ends as often as the others.
            order = [*ways][turn % len(ways) :] + [*ways][: turn % len(ways)]
            for name in order:
                took[name].append(await _send(world, ways[name], people, _SENDS))
    bare = median(took.pop("bare"))
    return {name: bare / median(seconds) for name, seconds in took.items()}


async def _send(
    world: World, way: Iterator[tuple[str, str | None]], people: Iterator[str], count: int
) -> float:
    """Seconds of this process for so many mails, one after another: what else runs is no part."""
    began = process_time()
    for tenant, owner in itertools.islice(way, count):
        await send_code(world, tenant, Asked(email=next(people), organization_id=owner))
    return process_time() - began


async def _fill(world: World, organizations: int) -> list[str]:
    """Everything that the full tenant has; the ids of its organizations."""
    kinds = [kind for kind in TemplateType if kind is not TemplateType.ORGANIZATION_INVITATION]
    drafts = [(tag, kind) for tag in _tags(organizations) for kind in kinds]
    del drafts[organizations * _TEMPLATES_EACH :]
    for revision in range(_REVISIONS):
        for start in range(0, len(drafts), MAX_TEMPLATES):
            part = drafts[start : start + MAX_TEMPLATES]
            words = [_draft(tag, kind, f"Revision {revision}") for tag, kind in part]
            await put_templates(world, _FULL, words)
    ids = []
    for number in range(organizations):
        row = await create_organization(world, _FULL, {"name": f"Organization {number}"})
        owner = Owner(OwnerKind.ORGANIZATION, row.id)
        await put_sender(world, _FULL, owner, Sender(from_name=f"Organization {number}"))
        own = _draft("en", TemplateType.GENERIC, f"Organization {number}")
        await put_templates(world, _FULL, [own], owner=owner)
        ids.append(row.id)
    return ids


def _tags(organizations: int) -> list[str]:
    """Languages enough, the fallback language first."""
    return ["en", *(f"en-x-{number}" for number in range(organizations))]


def _draft(tag: str, kind: TemplateType, subject: str) -> Draft:
    details = {"subject": f"{subject}: {{{{code}}}}", "content": _WORDS}
    return Draft(language_tag=tag, template_type=kind, details=details)


if __name__ == "__main__":
    number = int(sys.argv[1]) if len(sys.argv) > 1 else ORGANIZATIONS
    for name, ratio in measure(number).items():
        print(f"{name}: {ratio:.2f}")
