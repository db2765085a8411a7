"""A process that publishes: ``publishing_process.py URL KEYS JOB``.

With the job ``always`` it publishes, rolls back, deletes and restores until it is killed; every
other job kills it at a named step of one of these.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from carteiro.errors import CarteiroError
from carteiro.flows.administer.mail import publishing, revisions
from carteiro.flows.administer.mail import templates as templates_flow
from carteiro.flows.administer.mail.config_revisions import restore_config
from carteiro.flows.administer.mail.connectors import list_connectors, update_connector
from carteiro.flows.administer.mail.publishing import FIRST
from carteiro.flows.administer.mail.templates import Draft, delete_template, put_templates
from carteiro.flows.world import World
from carteiro.model.kinds import TemplateType
from carteiro.runtime.opening import open_world
from carteiro.settings import read_settings
from carteiro.storage.tenancy import connector_revisions, templates

T = "default"


def details(mark: str) -> dict[str, str]:
    """Words of which each says which revision it is of."""
    return {
        "subject": f"{mark} {{{{code}}}}",
        "content": f"{mark} {{{{code}}}} {'x' * 5000} {mark}",
    }


def config(mark: str) -> dict[str, str]:
    return {"endpoint": f"https://a.example.com/{mark}", "authorization": mark}


async def put(world: World, mark: str, tag: str = "en") -> str:
    draft = Draft(language_tag=tag, template_type=TemplateType.SIGN_IN, details=details(mark))
    return (await put_templates(world, T, [draft]))[0].id


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
    "when the template points on": lambda: dying(templates, "_revision"),
    "when the revision is written": lambda: dying(templates, "_pointed"),
    "before all of it is told": lambda: dying(revisions, "announce"),
    "before a change is told": lambda: dying(templates_flow, "announce"),
    "when the connector points on": lambda: dying(connector_revisions, "add"),
    "before a config is sealed": lambda: dying(publishing, "seal_config"),
}
"""Where it dies, in the middle of a unit of work."""


async def once(world: World, id_: str) -> None:
    """One of each change; which one is not survived the step decides."""
    await put(world, "lost")
    await revisions.restore_revision(world, T, id_, 1)
    await configure(world, "lost")


async def always(world: World, id_: str) -> None:
    """Without end; what another process was quicker with is refused, and the next thing tried."""
    for n in range(1_000_000):
        with suppress(CarteiroError):
            await put(world, f"m{n}")
            connector = await configure(world, f"m{n}")
            if n % 3 == 0:
                await delete_template(world, T, id_)
            history = await revisions.get_history(world, T, id_, None)
            await revisions.restore_revision(world, T, id_, history.revisions.rows[-1].number)
            if n % 2:
                live = (await list_connectors(world, T))[0].row.revision
                await restore_config(world, FIRST, T, connector, max(1, live - 2))


async def main(url: str, keys: str, job: str) -> None:
    settings = read_settings(
        {}, database_url=url, secret_keys=keys, egress_guard=False, revisions_kept=5
    )
    async with open_world(settings) as world:
        id_ = await put(world, "m0")
        if job == "always":
            await always(world, id_)
        STEPS[job]()
        await once(world, id_)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
