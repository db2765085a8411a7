"""What signing in leaves in the audit log and tells webhooks, and what it never does."""

from __future__ import annotations

import json
from typing import Any

import sign_in_parts
from carteiro.storage.drivers.statements import Statement
from sign_in_parts import BACK, SECRET, Browser

_EVERYTHING = Statement.of("test.logs", "SELECT payload FROM logs ORDER BY id")


async def test_each_prompt_and_each_resumption_is_on_record(someone: Browser, audit: Any) -> None:
    await someone.ask(login_hint="ann@example.com")
    first = someone.uid()
    await someone.get(await someone.submit())
    second = someone.uid()
    await someone.get((await someone.get("/consent?app_id=app")).headers["location"])

    begun, ended = await audit("Interaction.Create"), await audit("Interaction.End")
    assert [(entry["prompt"], entry["interactionId"]) for entry in begun] == [
        ("login", first),
        ("consent", second),
    ]
    assert [entry["interactionId"] for entry in ended] == [first, second]
    assert begun[0]["params"]["login_hint"] == "ann@example.com"
    assert all(entry["applicationId"] == "app" for entry in begun + ended)
    assert "userId" not in begun[0]
    assert {entry["userId"] for entry in (begun[1], *ended)} == {"ann"}
    assert begun[1]["sessionId"] == ended[1]["sessionId"]


async def test_each_exchange_names_its_tokens_and_the_secret(someone: Browser, audit: Any) -> None:
    body = await someone.tokens()
    await someone.refresh(body["refresh_token"], scope="profile")
    await someone.refresh("x" * 43)

    (code,) = await audit("ExchangeTokenBy.AuthorizationCode")
    good, bad = await audit("ExchangeTokenBy.RefreshToken")
    assert code["tokenTypes"] == ["AccessToken", "RefreshToken", "IdToken"]
    assert code["scope"] == "openid offline_access profile"
    assert code["applicationSecret"] == {"name": "Default secret"}
    assert (code["userId"], code["applicationId"], code["result"]) == ("ann", "app", "Success")
    assert (good["tokenTypes"], good["scope"]) == (["AccessToken", "RefreshToken"], "profile")
    assert (bad["result"], bad["error"]) == ("Error", {"code": "oidc.invalid_grant"})


async def test_nothing_that_opens_anything_is_on_record(someone: Browser) -> None:
    code = await someone.code(one_time_token="t0ken-of-a-link")
    body = (await someone.exchange(code)).json()
    await someone.refresh(body["refresh_token"])
    cookies = dict(someone.http.cookies.items())
    await someone.sign_out(await someone.get("/oidc/session/end"))

    rows = await someone.world.database.read(lambda tx: tx.all(_EVERYTHING))
    written = "\n".join(row["payload"] for row in rows)
    opens = ("access_token", "refresh_token", "id_token")
    secret = [code, SECRET, "t0ken-of-a-link", *(body[name] for name in opens)]
    for value in (*secret, cookies["_session"], cookies["_session.sig"]):
        assert value not in written
    assert json.loads(rows[0]["payload"])["params"]["one_time_token"] == "******"


async def test_a_database_holds_nothing_that_opens_anything(someone: Browser) -> None:
    await sign_in_parts.make_client(someone.world, "spa", type="SPA")
    code = await someone.code()
    body = (await someone.exchange(code)).json()
    await someone.ask(prompt="login")
    values = [code, body["access_token"], body["refresh_token"]]
    values += [someone.http.cookies["_session"]]
    values += [cookie.value for cookie in someone.http.cookies.jar if cookie.path != "/"]

    stored = ""
    for table in ("oidc_tokens", "grants", "browser_sessions", "interactions", "logs"):
        statement = Statement.of(f"test.{table}", f"SELECT * FROM {table}")
        rows = await someone.world.database.read(lambda tx, s=statement: tx.all(s))
        stored += repr([dict(row) for row in rows])
    assert len(values) >= 6
    assert all(value is not None and value not in stored for value in values)


async def test_each_exchange_says_what_was_asked_and_of_which_session(
    someone: Browser, audit: Any
) -> None:
    body = await someone.tokens()
    await someone.refresh(body["refresh_token"], scope="profile", organization_id="else")
    await someone.refresh(body["refresh_token"])
    (begun, *_), (code,) = (
        await audit("Interaction.Create"),
        await audit("ExchangeTokenBy.AuthorizationCode"),
    )
    refused, good = await audit("ExchangeTokenBy.RefreshToken")

    assert code["params"] == {
        "grant_type": "authorization_code",
        "client_id": "app",
        "redirect_uri": BACK,
    }
    asked = {"grant_type": "refresh_token", "client_id": "app"}
    assert refused["params"] == {**asked, "scope": "profile", "organization_id": "else"}
    assert good["params"] == asked
    session = code["sessionId"]
    assert {entry["sessionId"] for entry in (refused, good)} == {session} != {""}
    assert {entry["userId"] for entry in (code, refused, good)} == {"ann"}
    assert (refused["result"], refused["error"]) == ("Error", {"code": "oidc.access_denied"})
    assert begun["params"]["scope"] == "openid offline_access profile"


async def test_a_hint_is_on_record_as_one_and_not_what_it_says(
    someone: Browser, audit: Any
) -> None:
    hint = (await someone.tokens())["id_token"]
    await someone.go_on(await someone.ask(id_token_hint=hint))

    for key in ("Interaction.Create", "Interaction.End"):
        *_, last = await audit(key)
        assert last["params"]["id_token_hint"] == "******"


async def test_who_signs_out_is_on_record_with_the_application_that_asked(
    someone: Browser, audit: Any
) -> None:
    await someone.code()
    await someone.sign_out(await someone.get("/oidc/session/end?client_id=app"))
    await someone.code()
    await someone.sign_out(await someone.get("/oidc/session/end"))

    by_app, by_nobody = await audit("EndSession")
    assert (by_app["applicationId"], by_app["userId"]) == ("app", "ann")
    assert "applicationId" not in by_nobody
