"""What tests of organizations' scopes, machines and consent share: a few things by short names."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import httpx

from carteiro.flows.administer.access.applications import create_application
from wire_parts import made, made_id

MACHINE = "MachineToMachine"
BODY = (400, "guard.invalid_input")
CHECK = (422, "entity.db_constraint_violated")
FOREIGN = (422, "entity.relation_foreign_key_not_found")
NOT_FOUND = (404, "entity.not_found")
NOT_THERE = (404, "entity.not_exists_with_id")
NOT_THERE_TO_CHANGE = (404, "entity.not_exists")
OUTSIDE = (422, "organization.require_membership")
UNIQUE = (422, "entity.unique_integrity_violation")


async def things(client: httpx.AsyncClient) -> dict[str, str]:
    """The ids of two organizations, people, machines, roles, scopes, and two other applications.

    ``ana`` and ``bot`` belong to ``org``, nobody to ``empty``.
    """
    machine = {"type": MACHINE}
    ids = {
        name: await made_id(client, path, body)
        for name, path, body in (
            ("org", "/organizations", {"name": "Org"}),
            ("empty", "/organizations", {"name": "Empty"}),
            ("ana", "/users", {"name": "Ana"}),
            ("bea", "/users", {"name": "Bea"}),
            ("bot", "/applications", {"name": "Bot", **machine}),
            ("cron", "/applications", {"name": "Cron", **machine}),
            ("spa", "/applications", {"name": "Own", "type": "SPA"}),
            ("other", "/applications", {"name": "Theirs", "type": "SPA", "isThirdParty": True}),
            ("member", "/organization-roles", {"name": "member"}),
            ("admin", "/organization-roles", {"name": "admin"}),
            ("robot", "/organization-roles", {"name": "robot", **machine}),
            ("crawler", "/organization-roles", {"name": "crawler", **machine}),
            ("invite", "/organization-scopes", {"name": "invite"}),
            ("pay", "/organization-scopes", {"name": "pay"}),
            ("api", "/resources", {"name": "API", "indicator": "https://api.example.com"}),
            ("person_role", "/roles", {"name": "p", "description": "d"}),
            ("machine_role", "/roles", {"name": "m", "description": "d", **machine}),
        )
    }
    for name in ("read", "write"):
        path = f"/resources/{ids['api']}/scopes"
        ids[name] = await made_id(client, path, {"name": name})
    await made(client, f"/organizations/{ids['org']}/users", {"userIds": [ids["ana"]]})
    await take_in(client, f"/organizations/{ids['org']}/applications", [ids["bot"]])
    return ids


async def take_in(client: httpx.AsyncClient, path: str, application_ids: list[str]) -> None:
    """Take applications in."""
    answer = await client.post(f"/api{path}", json={"applicationIds": application_ids})
    assert (answer.status_code, answer.text) == (201, "Created")


def filled(value: Any, ids: Mapping[str, str]) -> Any:
    """A body or a path with ``<name>`` replaced by the id of that name."""
    text = json.dumps(value)
    for name, id_ in ids.items():
        text = text.replace(f"<{name}>", id_)
    return json.loads(text)


async def call(
    client: httpx.AsyncClient, ids: Mapping[str, str], method: str, path: str, body: Any = None
) -> httpx.Response:
    """A request whose path and body name things as ``<name>``."""
    given = {} if body is None else {"json": filled(body, ids)}
    return await client.request(method, f"/api{filled(path, ids)}", **given)


def outcome(answer: httpx.Response) -> tuple[int, str]:
    """The status, with the code of a refusal or the word of a success."""
    if answer.is_success:
        kind = answer.headers.get("content-type", "")
        return answer.status_code, answer.text if kind.startswith("text/plain") else ""
    return answer.status_code, str(answer.json()["code"])


Step = tuple[str, str, Any, tuple[int, str]]
"""A method, a path, a body, and what is answered."""
CREATED = (201, "Created")
DONE = (204, "")
SHOWN = (200, "")


async def go(client: httpx.AsyncClient, ids: Mapping[str, str], steps: list[Step]) -> None:
    """Take steps in order; each is answered as it says."""
    for number, (method, path, body, expected) in enumerate(steps):
        answer = await call(client, ids, method, path, body)
        assert outcome(answer) == expected, (number, method, path, body, answer.text)


async def token(app: Any, scope: str) -> Mapping[str, str]:
    """What a caller with these scopes of the management API sends along."""
    world = app.state.world
    machine = await create_application(world, "default", name=f"x {scope}", is_admin=False)
    issued = await world.tokens.issue(
        tenant_id="default",
        issuer="http://carteiro.test/oidc",
        client_id=machine.id,
        audience=machine.resource,
        scope=scope,
    )
    return {"Authorization": f"Bearer {issued}"}
