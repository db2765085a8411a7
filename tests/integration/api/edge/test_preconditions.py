"""`If-Match`: of two editors who saw the same thing, one changes it and the other is told."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest

from carteiro.flows.administer.mail.templates import update_details
from management_calls import CALLS, fill, make

RESOURCES = [
    ("/email-templates/{template}", "PATCH", "/details", {"subject": "@"}),
    ("/connectors/{connector}", "PATCH", "", {"config": {"senderName": "@"}}),
    ("/delivery", "PATCH", "", {"rateLimit": {"perSecond": 1}}),
    ("/delivery/fallback-connectors/{fallback}", "PATCH", "", {"rateLimit": {"perSecond": 1}}),
    ("/sign-in-exp", "PATCH", "", {"customCss": "@"}),
    ("/custom-phrases/nl-NL", "PUT", "", {"description": {"email": "@"}}),
    ("/account-center", "PATCH", "", {"customCss": "@"}),
    ("/captcha-provider", "PUT", "", {"config": "@captcha"}),
    ("/configs/id-token", "PUT", "", {"enabledExtendedClaims": ["organizations"]}),
    ("/configs/oidc/session", "PATCH", "", {"ttl": 7200}),
    ("/users/{user}", "PATCH", "", {"name": "@"}),
    ("/users/{user}", "PATCH", "/profile", {"profile": {"nickname": "@"}}),
    ("/users/{user}", "PATCH", "/is-suspended", {"isSuspended": False}),
    ("/users/{user}/custom-data", "PATCH", "", {"customData": {"a": "@"}}),
    ("/users/{user}/logto-configs", "PATCH", "", {"passkeySignIn": {"skipped": True}}),
    ("/organizations/{organization}", "PATCH", "", {"name": "@"}),
    ("/organization-roles/{organizationRole}", "PATCH", "", {"name": "@"}),
    ("/organization-scopes/{organizationScope}", "PATCH", "", {"name": "@"}),
    ("/applications/{application}", "PATCH", "", {"name": "@"}),
    ("/applications/{application}", "PATCH", "/custom-data", {"a": "@"}),
    ("/applications/{application}/sign-in-experience", "PUT", "", {"displayName": "@"}),
    ("/roles/{role}", "PATCH", "", {"name": "@"}),
    ("/resources/{resource}", "PATCH", "", {"name": "@"}),
    ("/resources/{resource}", "PATCH", "/is-default", {"isDefault": False}),
    ("/hooks/{hook}", "PATCH", "", {"name": "@"}),
    ("/hooks/{hook}", "PATCH", "/signing-key", None),
    ("/one-time-tokens/{oneTimeToken}", "PUT", "/status", {"status": "revoked"}),
    ("/email-templates", "PUT", "", {"templates": "@templates"}),
]


def body_of(body: Any, mark: str) -> Any:
    """A body that changes something, another one for each mark."""
    details = {"subject": mark, "content": "{{code}}"}
    template = {"languageTag": "en", "templateType": "SignIn", "details": details}
    captcha = {"type": "Turnstile", "siteKey": mark, "secretKey": "k"}
    filled = fill(body, {})
    if isinstance(filled, dict):
        filled = {
            key: {"@templates": [template], "@captcha": captcha}.get(value, value)
            if isinstance(value, str)
            else value
            for key, value in filled.items()
        }
    return _replaced(filled, mark)


def _replaced(value: Any, mark: str) -> Any:
    if isinstance(value, dict):
        return {key: _replaced(inner, mark) for key, inner in value.items()}
    if isinstance(value, list):
        return [_replaced(inner, mark) for inner in value]
    return value.replace("@", mark) if isinstance(value, str) else value


@pytest.fixture
async def kept(client: httpx.AsyncClient) -> dict[str, str]:
    """A tenant with everything in it."""
    kept = await make(client, CALLS, {})
    token = await client.post("/api/one-time-tokens", json={"email": "ana@example.com"})
    return {**kept, "oneTimeToken": token.json()["id"]}


async def test_every_thing_that_is_edited_is_guarded(
    client: httpx.AsyncClient, kept: dict[str, str]
) -> None:
    for route, method, more, body in RESOURCES:
        path = "/api" + fill(route, kept)
        before = await client.get(path)
        old = {"If-Match": '"of-another-time"'}
        refused = await client.request(method, path + more, json=body_of(body, "A"), headers=old)
        untouched = await client.get(path)
        fits = {"If-Match": before.headers["ETag"]}
        done = await client.request(method, path + more, json=body_of(body, "A"), headers=fits)
        after = await client.get(path)
        again = await client.request(method, path + more, json=body_of(body, "B"), headers=fits)

        assert (refused.status_code, refused.json()["code"]) == (
            412,
            "request.precondition_failed",
        ), route
        assert untouched.content == before.content, route
        assert done.is_success, (route, done.text)
        assert done.headers["ETag"] == after.headers["ETag"] != before.headers["ETag"], route
        assert again.status_code == 412, route
        assert (await client.get(path)).content == after.content, route


async def test_of_editors_who_saw_the_same_one_wins(
    client: httpx.AsyncClient, kept: dict[str, str]
) -> None:
    path = f"/api/email-templates/{kept['template']}"
    for rounds in range(5):
        seen = (await client.get(path)).headers["ETag"]
        answers = await asyncio.gather(
            *(
                client.patch(
                    f"{path}/details",
                    json={"subject": f"{rounds}/{editor}"},
                    headers={"If-Match": seen},
                )
                for editor in range(8)
            )
        )

        won = [answer for answer in answers if answer.status_code == 200]
        assert sorted(answer.status_code for answer in answers) == [200] + [412] * 7
        assert (await client.get(path)).json() == won[0].json()


async def test_a_change_between_the_look_and_the_write_is_not_overwritten(
    client: httpx.AsyncClient, kept: dict[str, str], app: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from carteiro.storage.tenancy import templates

    world, id_ = app.state.world, kept["template"]
    path = f"/api/email-templates/{id_}"
    tag = (await client.get(path)).headers["ETag"]
    if "sqlite" in type(world.database).__name__.lower():
        pytest.skip("one unit of work after the other")
    lock, others = templates.lock, []

    async def after_another(*arguments: Any) -> Any:
        # The editor without a condition commits while the guarded unit is open.
        if not others:
            others.append(id_)
            await update_details(world, "default", id_, {"subject": "theirs"})
        return await lock(*arguments)

    # The moment is within the unit; nothing but the query itself stands there.
    monkeypatch.setattr(templates, "lock", after_another)
    answer = await client.patch(
        f"{path}/details", json={"subject": "ours"}, headers={"If-Match": tag}
    )

    assert answer.status_code == 412
    assert (await client.get(path)).json()["details"]["subject"] == "theirs"


@pytest.mark.parametrize(
    ("condition", "status"),
    [("*", 204), ('"x", {tag}', 204), ("W/{tag}", 412), ('""', 412), ("", 412), (None, 204)],
)
async def test_a_condition_is_a_list_of_strong_tags_or_anything(
    client: httpx.AsyncClient, kept: dict[str, str], condition: str | None, status: int
) -> None:
    path = f"/api/hooks/{kept['hook']}"
    tag = (await client.get(path)).headers["ETag"]
    headers = {} if condition is None else {"If-Match": condition.replace("{tag}", tag)}

    answer = await client.delete(path, headers=headers)

    assert answer.status_code == status


@pytest.mark.parametrize("condition", ["*", '"x"'])
async def test_what_is_not_there_fits_nothing(client: httpx.AsyncClient, condition: str) -> None:
    answer = await client.put(
        "/api/captcha-provider",
        json={"config": {"type": "Turnstile", "siteKey": "s", "secretKey": "k"}},
        headers={"If-Match": condition},
    )

    assert answer.status_code == 412
    assert (await client.get("/api/captcha-provider")).status_code == 404


async def test_a_change_of_nothing_is_guarded_too(
    client: httpx.AsyncClient, kept: dict[str, str]
) -> None:
    path = f"/api/users/{kept['user']}/custom-data"
    headers = {"If-Match": '"of-another-time"'}

    answer = await client.patch(path, json={"customData": {}}, headers=headers)

    assert answer.status_code == 412


async def test_a_condition_that_nothing_can_hold_is_refused(
    client: httpx.AsyncClient, kept: dict[str, str]
) -> None:
    path = f"/api/organizations/{kept['organization']}/users"
    before = await client.get(path)

    answer = await client.put(path, json={"userIds": []}, headers={"If-Match": "*"})

    assert answer.status_code == 412
    assert (await client.get(path)).json() == before.json() != []


async def test_a_mail_that_is_counted_is_no_change_of_the_connector(
    client: httpx.AsyncClient, kept: dict[str, str]
) -> None:
    path = f"/api/connectors/{kept['connector']}"
    before = await client.get(path)
    await client.post("/api/verification-codes", json={"email": "zoe@example.com"})
    after = await client.get(path)

    answer = await client.patch(
        path, json={"config": {}}, headers={"If-Match": before.headers["ETag"]}
    )

    assert after.json()["usage"] > before.json()["usage"]
    assert answer.status_code == 200


async def test_an_answer_without_a_condition_has_no_new_header(
    client: httpx.AsyncClient, kept: dict[str, str]
) -> None:
    answer = await client.patch(f"/api/users/{kept['user']}", json={"name": "N"})

    assert "ETag" not in answer.headers
