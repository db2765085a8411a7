"""What comes in is bounded, and whatever is taken can be shown: by every route, on each database."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import anyio
import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from standardwebhooks import Webhook
from tests.management_calls import CALLS, Call, fill, make, path_of

from carteiro.errors import InvalidConfig
from carteiro.flows.administer.mail.connectors import NewConnector, create_connector
from carteiro.flows.world import World
from carteiro.model.limits import (
    MAX_ADDRESS,
    MAX_ANSWER,
    MAX_BODY,
    MAX_DEPTH,
    MAX_ENTRIES,
    MAX_HEAD,
    MAX_HEADERS,
    MAX_ISSUES,
    MAX_TEMPLATES,
)
from carteiro.testing.http_sink import HttpSink

HOT = ["/api/verification-codes", "/api/verification-codes/verify"]


def nested(levels: int) -> str:
    """A JSON text of so many lists inside one another."""
    return "[" * levels + "]" * levels


async def send(client: httpx.AsyncClient, method: str, path: str, text: str) -> httpx.Response:
    headers = {"Content-Type": "application/json"}
    return await client.request(method, path, content=text.encode(), headers=headers)


async def test_more_entries_than_a_list_may_have_are_413_in_a_few_words(
    client: httpx.AsyncClient,
) -> None:
    empty = ",".join(["{}"] * 150_000)

    answer = await send(client, "PUT", "/api/email-templates", f'{{"templates":[{empty}]}}')

    assert answer.status_code == 413
    assert f"more than {MAX_ENTRIES} entries" in answer.json()["message"]
    assert len(answer.content) < 200


async def test_an_answer_names_the_first_issues(client: httpx.AsyncClient) -> None:
    long = "x" * 300
    templates = [{"languageTag": long, "templateType": long, "details": {}}] * MAX_TEMPLATES

    answer = await client.put("/api/email-templates", json={"templates": templates})

    assert answer.status_code == 400
    assert len(answer.json()["data"]["issues"]) == MAX_ISSUES
    assert len(answer.content) < 100_000


async def test_more_templates_than_there_are_languages_are_refused(
    client: httpx.AsyncClient,
) -> None:
    details = {"subject": "S", "content": "{{code}}"}
    one = {"languageTag": "en", "templateType": "SignIn", "details": details}

    answer = await client.put("/api/email-templates", json={"templates": [one] * 1001})

    [issue] = answer.json()["data"]["issues"]
    assert (issue["code"], issue["path"], issue["maximum"]) == ("too_big", ["templates"], 1000)


async def test_a_long_template_is_not_repeated_by_those_before_it(
    client: httpx.AsyncClient,
) -> None:
    def template(content: str) -> dict[str, Any]:
        details = {"subject": "S", "content": "{{code}}" + content}
        return {"languageTag": "en", "templateType": "SignIn", "details": details}

    many = [*[template("")] * 100, template("x" * (MAX_ANSWER // 100))]

    answer = await client.put("/api/email-templates", json={"templates": many})

    assert answer.status_code == 400
    assert "too often" in answer.json()["data"]["issues"][0]["message"]
    assert (await client.get("/api/email-templates")).json() == []


async def test_roles_for_many_people_are_counted_for_each(client: httpx.AsyncClient) -> None:
    body = {"userIds": ["u"] * 100, "organizationRoleIds": ["r"] * 51}

    answer = await client.post("/api/organizations/o/users/roles", json=body)

    assert (answer.status_code, answer.json()["code"]) == (400, "guard.invalid_input")


@pytest.mark.parametrize("path", [*HOT, "/api/connectors", "/api/users"])
@pytest.mark.parametrize("levels", [MAX_DEPTH + 1, 260, 500_000])
async def test_what_is_nested_too_deep_is_400(
    client: httpx.AsyncClient, path: str, levels: int
) -> None:
    answer = await send(client, "POST", path, f'{{"customData":{{"a":{nested(levels - 2)}}}}}')

    assert answer.status_code == 400
    assert f"more than {MAX_DEPTH} levels" in answer.json()["message"]


async def test_no_write_takes_what_is_nested_too_deep(client: httpx.AsyncClient) -> None:
    kept: dict[str, str] = {}

    async def refused(call: Call, _: httpx.Response) -> None:
        if call.body is None:
            return
        deep = f'{{"deep":{nested(260)}}}'
        answer = await send(client, call.method, path_of(call, kept), deep)
        assert answer.status_code == 400, call
        assert "levels deep" in answer.json()["message"], call

    await make(client, CALLS, kept, refused)


async def test_the_token_endpoint_refuses_what_is_nested_too_deep(
    anonymous: httpx.AsyncClient,
) -> None:
    answer = await send(anonymous, "POST", "/oidc/token", f'{{"a":{nested(260)}}}')

    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


@pytest.mark.parametrize("number", ["1e400", "-1e999", "NaN", "Infinity", "-Infinity", "9" * 309])
async def test_a_number_that_no_double_holds_is_400(client: httpx.AsyncClient, number: str) -> None:
    answer = await send(client, "POST", "/api/users", f'{{"customData":{{"a":{number}}}}}')

    assert (answer.status_code, set(answer.json())) == (400, {"message"})
    assert (await client.get("/api/users")).json() == []


@pytest.mark.parametrize(
    "body",
    [
        b'{"name":"\xed\xa0\x80"}',
        '{"name":"\\ud800"}'.encode("utf-16"),
        '{"name":"\\u0000"}'.encode("utf-16"),
        b'{"name":"\\\\\\u0000"}',
    ],
)
async def test_a_text_that_no_column_holds_is_400_however_it_is_written(
    client: httpx.AsyncClient, body: bytes
) -> None:
    answer = await client.post("/api/users", content=body)

    assert (answer.status_code, set(answer.json())) == (400, {"message"})


async def test_a_backslash_before_u0000_is_a_text_like_any_other(client: httpx.AsyncClient) -> None:
    answer = await client.post("/api/users", content=b'{"name":"\\\\u0000"}')

    assert answer.json()["name"] == "\\u0000"


@pytest.mark.parametrize("path", ["/api/users", "/api/status", "/oidc/jwks", "/nowhere"])
async def test_a_long_address_is_414(client: httpx.AsyncClient, path: str) -> None:
    answer = await client.get(path, params={"search": "x" * MAX_ADDRESS})

    assert answer.status_code == 414
    assert str(MAX_ADDRESS) in answer.json()["message"]


@pytest.mark.parametrize(
    "headers", [{"X-A": "x" * MAX_HEAD}, {f"X-{n}": "x" for n in range(MAX_HEADERS)}]
)
async def test_headers_beyond_the_limit_are_431(
    client: httpx.AsyncClient, headers: dict[str, str]
) -> None:
    answer = await client.get("/api/status", headers=headers)

    assert (answer.status_code, set(answer.json())) == (431, {"message"})


@pytest.mark.parametrize("length", [str(MAX_BODY + 1), "9" * 5000, "-1", "1_0", "²"])
async def test_a_length_that_cannot_be_is_413(client: httpx.AsyncClient, length: str) -> None:
    headers = {b"content-length": length.encode("latin-1")}

    answer = await client.post("/api/users", content=b"{}", headers=headers)

    assert answer.status_code == 413


@pytest.mark.parametrize("room", ["users", "applications"])
async def test_what_is_merged_piece_by_piece_does_not_grow_for_ever(
    client: httpx.AsyncClient, room: str
) -> None:
    made = await client.post(f"/api/{room}", json={"name": "A", "type": "Native"})
    path = f"/api/{room}/{made.json()['id']}/custom-data"

    async def add(name: str, length: int) -> httpx.Response:
        members = {name: "x" * length}
        body = {"customData": members} if room == "users" else members
        return await client.patch(path, json=body)

    kept = [await add("a", MAX_BODY // 2), await add("b", MAX_BODY // 4)]
    refused = await add("c", MAX_BODY // 3)
    smaller = await add("a", 1)

    assert [answer.status_code for answer in kept] == [200, 200]
    assert (refused.status_code, refused.json()["code"]) == (422, "entity.value_too_long")
    assert set(smaller.json()) == {"a", "b"}


@pytest.mark.parametrize(
    "events", [f'[{{"detail":{nested(200)}}}]', nested(20_000), f"[{'{},' * 6000}{{}}]"]
)
async def test_a_provider_that_tells_too_much_is_refused_in_words(
    client: httpx.AsyncClient, events: str
) -> None:
    connector = (await client.post("/api/connectors", json={"connectorId": "logto-email"})).json()
    secret = "whsec_" + "QUJD" * 10
    path = f"/api/connectors/{connector['id']}/feedback"
    assert (await client.put(path, json={"secret": secret})).status_code == 200
    body = f'{{"events":{events}}}'
    now = datetime.now(UTC)
    headers = {
        "webhook-id": "one",
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": Webhook(secret).sign("one", now, body),
    }

    answer = await client.post(
        f"/api/provider-events/{connector['id']}", content=body.encode(), headers=headers
    )

    assert (answer.status_code, answer.json()["code"]) == (400, "feedback.malformed")


async def test_a_file_for_the_command_line_is_no_way_around(world: World) -> None:
    config: Any = []
    for _ in range(300):
        config = [config]

    with pytest.raises(InvalidConfig, match="not valid") as caught:
        await create_connector(
            world, "default", NewConnector(connector_id="http-email", config={"v": config})
        )

    assert "levels deep" in caught.value.issues[0]["message"]


# --- what is taken can be shown ---------------------------------------------------------------

NUMBERS = ["0", "-0", "1.50", "1E2", "1e308", "1e-400", "9" * 30, "9" * 308, "9" * 309, "1e400"]
TEXTS = st.text(st.characters() | st.sampled_from("\x00\ud800\udfff\\\u2028"), max_size=6)
LEAVES = (
    st.sampled_from([*NUMBERS, "NaN", "null", "true", nested(50), nested(97), nested(260)])
    | TEXTS.map(json.dumps)
    | TEXTS.map(lambda text: '"' + text.replace("\\", "").replace('"', "") + '"')
)


def _inside(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    # Keys are drawn from a few, so that some come twice.
    keys = (TEXTS | st.sampled_from(["a", "link", "password", ""])).map(json.dumps)
    members = st.lists(st.tuples(keys, inner).map(":".join), max_size=4)
    return st.lists(inner, max_size=4).map(lambda parts: f"[{','.join(parts)}]") | members.map(
        lambda parts: f"{{{','.join(parts)}}}"
    )


JSON = st.recursive(LEAVES, _inside, max_leaves=12)
"""Texts that are JSON, or nearly: what a client might send as a free value."""

FALLBACK = '{"config":{"endpoint":"https://a.example.com/x","v":@}}'
WRITES = [
    ("PATCH", "/users/{user}", '{"customData":{"v":@}}', ("customData", "v")),
    ("PATCH", "/users/{user}/custom-data", '{"customData":{"v":@}}', ("v",)),
    ("PATCH", "/users/{user}/profile", '{"profile":{"nickname":@}}', ("nickname",)),
    ("PATCH", "/users/{user}", '{"name":@}', ()),
    ("PATCH", "/organizations/{organization}", '{"customData":{"v":@}}', ("customData", "v")),
    ("PATCH", "/organizations/{organization}", '{"description":@}', ()),
    ("PATCH", "/applications/{application}", '{"customData":{"v":@}}', ("customData", "v")),
    ("PATCH", "/applications/{application}/custom-data", '{"v":@}', ("v",)),
    ("PUT", "/custom-phrases/nl-NL", '{"v":@}', ()),
    ("PATCH", "/connectors/{connector}", '{"config":{"v":@}}', ()),
    ("PATCH", "/delivery/fallback-connectors/{fallback}", FALLBACK, ()),
    ("PATCH", "/sign-in-exp", '{"customCss":@}', ()),
    ("PATCH", "/email-templates/{template}/details", '{"subject":@}', ()),
    ("POST", "/organization-invitations/{invitation}/message", '{"link":"https://a.b","v":@}', ()),
    ("POST", "/organization-invitations/{invitation}/message", '{"link":@}', ()),
    ("PATCH", "/roles/{role}", '{"description":@}', ()),
    ("PATCH", "/hooks/{hook}", '{"config":{"url":"{url}","headers":{"X-A":@}}}', ()),
]
READS = [
    "/users",
    "/users/{user}",
    "/users/{user}/custom-data",
    "/users/{user}/organizations",
    "/organizations",
    "/organizations/{organization}",
    "/organizations/{organization}/users",
    "/organization-invitations",
    "/applications",
    "/applications/{application}",
    "/custom-phrases",
    "/custom-phrases/nl-NL",
    "/connectors",
    "/delivery/fallback-connectors",
    "/delivery/reserved-connectors",
    "/sign-in-exp",
    "/email-templates",
    "/roles",
    "/messages",
    "/hooks",
    "/hooks/{hook}/recent-logs",
    "/logs",
]


@pytest.fixture
async def filled(client: httpx.AsyncClient) -> Any:
    """A tenant with everything in it, and a hook that is told of every change."""
    events = ["User.Created", "User.Data.Updated", "Organization.Data.Updated"]
    async with HttpSink() as sink:
        kept = await make(client, CALLS, {})
        body = {"events": events, "enabled": True, "config": {"url": sink.url}}
        answer = await client.patch(f"/api/hooks/{kept['hook']}", json=body)
        assert answer.status_code == 200
        yield {**kept, "url": sink.url}


@pytest.mark.filterwarnings("ignore:Do not use the `random` module")
async def test_whatever_is_taken_can_be_shown_by_every_route(
    client: httpx.AsyncClient, filled: dict[str, str]
) -> None:
    taken: set[str] = set()

    async def hold(text: str) -> None:
        for method, route, body, way in WRITES:
            given = fill(body, filled).replace("@", text)
            wrote = await send(client, method, "/api" + fill(route, filled), given)
            assert wrote.status_code < 500, (route, given, wrote.text)
            if not wrote.is_success:
                continue
            taken.add(route)
            value: Any = wrote.json() if way else None
            for step in way:
                value = value[step]
            assert not way or value == json.loads(text), (route, given)
        for read in READS:
            shown = await client.get("/api" + fill(read, filled))
            assert shown.status_code == 200, (read, text, shown.text)
            shown.json()

    @settings(
        max_examples=20, deadline=None, database=None, suppress_health_check=list(HealthCheck)
    )
    @given(text=JSON | TEXTS.map(json.dumps))
    def explore(text: str) -> None:
        anyio.from_thread.run(hold, text.encode(errors="ignore").decode())

    await anyio.to_thread.run_sync(explore)

    assert taken == {route for _, route, _, _ in WRITES}
