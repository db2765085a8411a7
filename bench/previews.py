"""Previews: how fast a mail is shown, beside how fast the send path composes and writes it.

The mail is the sample of ``rendering`` as a tenant's own template, handed to the SMTP connector.
The send path is what happens of a message between its values and the network; a preview gathers
the values and names what is missing, too. Rounds are interleaved; the figure is the median round.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter

from bench.rendering import PAYLOAD, sample
from carteiro.delivery.compose import compose
from carteiro.flows.administer.mail.connectors import NewConnector, create_connector
from carteiro.flows.administer.mail.preview import Wish, preview
from carteiro.flows.administer.mail.templates import Draft, put_templates
from carteiro.flows.world import World
from carteiro.model.addresses import parse_address
from carteiro.model.kinds import TemplateType
from carteiro.model.message import Message
from carteiro.runtime.opening import open_world
from carteiro.settings import read_settings
from carteiro.storage.migrations.run import migrate
from carteiro.templates.samples import Sample

_TENANT, _LANGUAGE, _KIND = "default", "pt-BR", TemplateType.SIGN_IN
_TO = parse_address("person@example.com")
_ROUNDS, _CALLS = 21, 200
_DATA = {name: value for name, value in PAYLOAD.items() if name not in {"code", "link"}}
_CONFIG = {
    "host": "127.0.0.1",
    "port": 1,
    "auth": {"type": "login"},
    "fromEmail": "Acme <no-reply@acme.example>",
    "templates": [
        {"usageType": kind, "contentType": "text/plain", "subject": "S", "content": "{{code}}"}
        for kind in ("Register", "SignIn", "ForgotPassword", "Generic")
    ],
}


def measure() -> dict[str, float]:
    """Median microseconds of ``sending`` and ``preview``, and ``ratio``: the rates' quotient."""
    return asyncio.run(_measure())


async def _measure() -> dict[str, float]:
    with TemporaryDirectory() as folder:
        url = f"sqlite:///{Path(folder) / 'bench.db'}"
        migrate(url)
        given = read_settings({}, database_url=url, secret_keys="test:" + "A" * 43 + "=")
        async with open_world(given) as world:
            await _prepare(world)
            return await _rounds({"sending": _sending(world), "preview": _preview(world)})


async def _prepare(world: World) -> None:
    id_ = "simple-mail-transfer-protocol"
    await create_connector(world, _TENANT, NewConnector(connector_id=id_, config=_CONFIG))
    details = {"subject": "{{code}}", "content": sample()}
    draft = Draft(language_tag=_LANGUAGE, template_type=_KIND, details=details)
    await put_templates(world, _TENANT, [draft])


def _sending(world: World) -> Callable[[], Awaitable[object]]:
    async def write() -> object:
        workspace = await world.workspaces.of(_TENANT)
        _, connector = workspace.connector()
        now = world.clock.now()
        values = {**workspace.code_policy.variables(now), **_DATA, "code": "042137"}
        letter = await compose(workspace, connector, _KIND, values, _LANGUAGE)
        message = Message(
            id="0bench0message0bench0",
            to=_TO,
            type=_KIND,
            payload=values,
            created_at=now,
            content=letter.content,
        )
        return connector.written(message)

    return write


def _preview(world: World) -> Callable[[], Awaitable[object]]:
    wish = Wish(type=_KIND, language=_LANGUAGE, data=_DATA, sample=Sample.NONE)
    return lambda: preview(world, _TENANT, wish)


async def _rounds(contestants: dict[str, Callable[[], Awaitable[object]]]) -> dict[str, float]:
    times: dict[str, list[float]] = {name: [] for name in contestants}
    for _ in range(_ROUNDS):
        for name, call in contestants.items():
            start = perf_counter()
            for _ in range(_CALLS):
                await call()
            times[name].append((perf_counter() - start) / _CALLS * 1e6)
    medians = {name: median(rounds) for name, rounds in times.items()}
    return {**medians, "ratio": medians["sending"] / medians["preview"]}
