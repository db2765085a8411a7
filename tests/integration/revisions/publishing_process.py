"""A process that publishes: ``publishing_process.py URL KEYS OWNER JOB``.

With the job ``always`` it publishes, rolls back, deletes and restores until it is killed, and says
a line of each change that it knows to be made; every other job kills it at a named step of one.
``OWNER`` is an organization, which has words of its own.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import signal
import sys
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from carteiro.errors import CarteiroError
from carteiro.flows.administer.mail import publishing, revisions, template_sets
from carteiro.flows.administer.mail.config_revisions import restore_config
from carteiro.flows.administer.mail.connectors import list_connectors, update_connector
from carteiro.flows.administer.mail.publishing import FIRST
from carteiro.flows.administer.mail.templates import Draft, delete_template, put_templates
from carteiro.flows.world import World
from carteiro.model.kinds import TemplateType
from carteiro.model.owners import Owner, OwnerKind
from carteiro.runtime.opening import open_world
from carteiro.settings import read_settings
from carteiro.storage.tenancy import connector_revisions, overrides, templates
from carteiro.storage.tenancy.templates import TemplateRow

T = "default"


def details(mark: str) -> dict[str, str]:
    """Words of which each says which revision it is of."""
    return {
        "subject": f"{mark} {{{{code}}}}",
        "content": f"{mark} {{{{code}}}} {'x' * 5000} {mark}",
    }


def mark_of(words: str | None) -> str | None:
    """The mark of stored words, which have to be whole."""
    if words is None:
        return None
    mark: str = json.loads(words)["subject"].split()[0]
    assert json.loads(words) == details(mark)
    return mark


def config(mark: str) -> dict[str, str]:
    return {"endpoint": f"https://a.example.com/{mark}", "authorization": mark}


async def put(world: World, mark: str, tag: str = "en", owner: Owner | None = None) -> TemplateRow:
    draft = Draft(language_tag=tag, template_type=TemplateType.SIGN_IN, details=details(mark))
    return (await put_templates(world, T, [draft], owner=owner))[0]


async def configure(world: World, mark: str) -> str:
    (connector,) = await list_connectors(world, T)
    await update_connector(
        world,
        T,
        connector.row.id,
        config=config(mark),
        overwrites_metadata=False,
        sync_profile=None,
    )
    return connector.row.id


def dying(room: Any, name: str) -> None:
    """Have the process die where a function is called."""

    def die(*_: Any, **__: Any) -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    setattr(room, name, die)


STEPS: dict[str, Callable[[], None]] = {
    "when an override begins": lambda: dying(overrides, "create"),
    "when the template points on": lambda: dying(templates, "_revision"),
    "when the revision is written": lambda: dying(templates, "_pointed"),
    "before it is told": lambda: dying(template_sets, "announce"),
    "when the connector points on": lambda: dying(connector_revisions, "add"),
    "before a config is sealed": lambda: dying(publishing, "seal_config"),
}
"""Where it dies, in the middle of a unit of work."""


async def once(world: World, id_: str, owner: Owner) -> None:
    """One of each change; which one is not survived the step decides."""
    await put(world, "lost", owner=owner)
    await put(world, "lost")
    await revisions.restore_revision(world, T, id_, 1)
    await configure(world, "lost")


def say(owner: Owner | None, what: str, number: int | None, mark: str | None) -> None:
    """Tell that a change is made: from now on it may not be lost."""
    whose = "tenant" if owner is None else "owner"
    sys.stdout.write(json.dumps([whose, what, number, mark]) + "\n")
    sys.stdout.flush()


async def always(world: World, id_: str, owner: Owner, *, seed: int) -> None:
    """Without end; what another process was quicker with is refused, and the next thing tried."""
    chance = random.Random(seed)
    row = await put(world, f"own-{seed}", owner=owner)
    say(owner, "put", row.revision, f"own-{seed}")
    for n in range(1_000_000):
        mark, whose = f"p{seed}-{n}", chance.choice((None, owner))
        with suppress(CarteiroError):
            await change(world, chance, row.id if whose else id_, whose, mark)
        with suppress(CarteiroError):
            connector = await configure(world, mark)
            if n % 2:
                live = (await list_connectors(world, T))[0].row.revision
                await restore_config(world, FIRST, T, connector, max(1, live - 2))


async def change(
    world: World, chance: random.Random, id_: str, owner: Owner | None, mark: str
) -> None:
    """One change of one of the two templates that all the processes write."""
    match chance.choice(("put", "put", "delete", "restore", "draft")):
        case "delete":
            await delete_template(world, T, id_, owner=owner)
            say(owner, "delete", None, None)
        case "restore":
            history = await revisions.get_history(world, T, id_, None, owner=owner)
            kept = [row.number for row in history.revisions.rows if not row.deleted]
            row = await revisions.restore_revision(world, T, id_, chance.choice(kept), owner=owner)
            say(owner, "restore", row.revision, mark_of(row.details))
        case "draft":
            await revisions.save_draft(world, T, id_, details(mark), owner=owner)
            (row,) = await revisions.publish_drafts(world, T, [id_], owner=owner)
            say(owner, "publish", row.revision, mark_of(row.details))
        case _:
            row = await put(world, mark, owner=owner)
            say(owner, "put", row.revision, mark)


async def main(url: str, keys: str, organization: str, job: str) -> None:
    settings = read_settings(
        {}, database_url=url, secret_keys=keys, egress_guard=False, revisions_kept=1000
    )
    owner = Owner(OwnerKind.ORGANIZATION, organization)
    async with open_world(settings) as world:
        (template,) = (await revisions.list_histories(world, T, None)).rows
        id_ = template.id
        if job.startswith("always"):
            await always(world, id_, owner, seed=int(job.removeprefix("always")))
        STEPS[job]()
        await once(world, id_, owner)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
