"""What an authorization request is answered with: a page, a code, or an error, and where."""

from __future__ import annotations

import asyncio
import re
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

import sign_in_parts
from carteiro.testing.clock import FrozenClock
from sign_in_parts import (
    BACK,
    ISSUER,
    ORIGIN,
    Browser,
    error_of,
    query_of,
    request,
)


async def asked_at_the_page(someone: Browser, **changes: Any) -> str:
    answer = await someone.ask(**changes)
    assert answer.status_code == 303
    where: str = answer.headers["location"]
    return where


@pytest.mark.parametrize(
    ("extra", "where"),
    [
        ({}, "/sign-in?app_id=app"),
        ({"first_screen": "sign_in"}, "/sign-in?app_id=app"),
        ({"first_screen": "register"}, "/register?app_id=app"),
        ({"first_screen": "reset_password"}, "/reset-password?app_id=app"),
        ({"first_screen": "single_sign_on"}, "/single-sign-on?app_id=app"),
        (
            {"first_screen": "identifier:sign_in", "identifier": "email phone"},
            "/identifier-sign-in?app_id=app&identifier=email+phone",
        ),
        ({"first_screen": "identifier:register"}, "/identifier-register?app_id=app"),
        ({"interaction_mode": "signUp"}, "/register?app_id=app"),
        ({"interaction_mode": "signUp", "first_screen": "signIn"}, "/sign-in?app_id=app"),
        (
            {
                "login_hint": "a@b.test",
                "one_time_token": "tok",
                "ui_locales": "pt-BR en",
                "organization_id": "org",
            },
            (
                "/sign-in?app_id=app&organization_id=org&ui_locales=pt-BR+en&one_time_token=tok"
                "&login_hint=a%40b.test"
            ),
        ),
        ({"first_screen": "nowhere", "login_hint": "a@b.test"}, "/sign-in?app_id=app"),
        ({"identifier": "email shoe", "first_screen": "register"}, "/sign-in?app_id=app"),
        ({"interaction_mode": "x", "organization_id": "org"}, "/sign-in?app_id=app"),
        ({"direct_sign_in": "nonsense", "first_screen": "register"}, "/sign-in?app_id=app"),
    ],
    ids=str,
)
async def test_the_first_page_is_the_one_that_is_asked_for(
    someone: Browser, extra: dict[str, str], where: str
) -> None:
    assert await asked_at_the_page(someone, **extra) == where


async def test_a_request_is_the_same_by_post(someone: Browser) -> None:
    form = await someone.http.post("/oidc/auth", data=request())
    json = await someone.http.post("/oidc/auth", json={**request(), "max_age": 5})

    assert form.headers["location"] == json.headers["location"] == "/sign-in?app_id=app"


@pytest.mark.parametrize(
    ("changes", "error", "said"),
    [
        ({"response_type": None}, "invalid_request", "missing required parameter 'response_type'"),
        ({"response_type": "token"}, "unsupported_response_type", None),
        ({"response_type": "id_token"}, "unauthorized_client", None),
        ({"response_mode": "web_message"}, "unsupported_response_mode", None),
        ({"prompt": "select_account"}, "invalid_request", "unsupported prompt value requested"),
        (
            {"prompt": "none login"},
            "invalid_request",
            "prompt none must only be used alone",
        ),
        ({"max_age": "-1"}, "invalid_request", "invalid max_age parameter value"),
        ({"max_age": "1e3"}, "invalid_request", "invalid max_age parameter value"),
        ({"code_challenge": None}, "invalid_request", None),
        ({"code_challenge_method": "plain"}, "invalid_request", None),
        ({"code_challenge_method": None}, "invalid_request", None),
        ({"code_challenge": "short"}, "invalid_request", None),
        ({"resource": "api"}, "invalid_target", None),
        ({"resource": "https://api.test/#x"}, "invalid_target", None),
        ({"prompt": "none"}, "login_required", "End-User authentication is required"),
        ({"id_token_hint": "x.y.z"}, "invalid_request", "could not validate id_token_hint"),
    ],
    ids=str,
)
async def test_an_application_is_told_what_is_wrong_with_its_request(
    someone: Browser, changes: dict[str, Any], error: str, said: str | None
) -> None:
    told = query_of(await someone.ask(**changes))

    assert (told["error"], told["state"], told["iss"]) == (error, "st4te", ISSUER)
    assert said in {None, told["error_description"]}


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"client_id": None}, "invalid_request"),
        ({"client_id": "nobody"}, "invalid_client"),
        ({"redirect_uri": None}, "invalid_request"),
        ({"redirect_uri": "https://evil.test/callback"}, "invalid_redirect_uri"),
        ({"redirect_uri": f"{BACK}/../x"}, "invalid_redirect_uri"),
        ({"response_type": ["code", "code"]}, "invalid_request"),
        ({"request_uri": "urn:ietf:params:oauth:request_uri:none"}, "invalid_request_uri"),
    ],
    ids=str,
)
async def test_what_is_wrong_with_the_address_is_told_to_nobody_there(
    someone: Browser, changes: dict[str, Any], error: str
) -> None:
    answer = await someone.ask(**changes)

    assert "location" not in answer.headers
    assert error_of(answer)[:2] == (400, error)
    assert not someone.http.cookies


@pytest.mark.parametrize("kind", ["SPA", "Native"])
async def test_a_client_without_a_secret_needs_a_challenge(someone: Browser, kind: str) -> None:
    await sign_in_parts.make_client(someone.world, "open", type=kind)
    without = {"code_challenge": None, "code_challenge_method": None}
    told = query_of(await someone.ask(client_id="open", **without))
    with_a_secret = await asked_at_the_page(someone, **without)

    assert told["error_description"] == (
        "Authorization Server policy requires PKCE to be used for this request"
    )
    assert with_a_secret == "/sign-in?app_id=app"


async def test_a_machine_sends_nobody(someone: Browser) -> None:
    await sign_in_parts.make_client(someone.world, "m2m", type="MachineToMachine")

    assert query_of(await someone.ask(client_id="m2m"))["error"] == "unauthorized_client"


async def test_the_answer_comes_in_the_fragment_where_that_is_asked_for(someone: Browser) -> None:
    answer = await someone.go_on(await someone.ask(response_mode="fragment"))

    parts = urlsplit(answer.headers["location"])
    assert (parts.query, set(parse_qs(parts.fragment))) == ("", {"code", "state", "iss"})


async def test_the_answer_comes_in_a_form_where_that_is_asked_for(someone: Browser) -> None:
    answer = await someone.go_on(
        await someone.ask(response_mode="form_post", state='"><script>alert(1)</script>')
    )

    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert f'<form method="post" action="{BACK}">' in answer.text
    assert "<script>" not in answer.text
    names = re.findall(r'<input type="hidden" name="(\w+)"', answer.text)
    assert names == ["code", "state", "iss"]


async def test_whoever_is_signed_in_goes_straight_through(someone: Browser) -> None:
    await someone.code()
    again = await someone.ask(prompt=None)
    silent = await someone.ask(prompt="none")

    assert set(query_of(again)) == set(query_of(silent)) == {"code", "state", "iss"}


async def test_consent_is_asked_for_again_where_that_is_wanted(someone: Browser) -> None:
    await someone.code()

    assert await asked_at_the_page(someone) == "/consent?app_id=app"
    magic = {"one_time_token": "tok", "login_hint": "ann@example.com"}
    assert await asked_at_the_page(someone, **magic) == "/consent?app_id=app"
    assert await asked_at_the_page(someone, prompt="login") == "/sign-in?app_id=app"


async def test_more_than_was_granted_needs_consent(someone: Browser) -> None:
    await someone.code()
    wider = {"prompt": None, "scope": "openid email"}

    silent = query_of(await someone.ask(**{**wider, "prompt": "none"}))
    assert silent["error"] == "consent_required"
    assert await asked_at_the_page(someone, **wider) == "/consent?app_id=app"


async def test_an_application_that_asks_for_the_first_time_is_let_in_by_one_redirect(
    someone: Browser,
) -> None:
    await sign_in_parts.make_client(someone.world, "second")
    await someone.code()

    assert await asked_at_the_page(someone, client_id="second", prompt=None) == (
        "/consent?app_id=second"
    )


async def test_whoever_signed_in_too_long_ago_does_so_again(someone: Browser) -> None:
    frozen = FrozenClock(someone.world.clock.now())
    object.__setattr__(someone.world, "clock", frozen)
    await someone.code()
    frozen.advance(100)

    fresh = await someone.ask(prompt=None, max_age="100")
    assert "code" in query_of(fresh)
    assert await asked_at_the_page(someone, prompt=None, max_age="99") == "/sign-in?app_id=app"
    told = query_of(await someone.ask(prompt="none", max_age="99"))
    assert told["error"] == "login_required"


async def test_a_hint_of_somebody_else_asks_who_is_there(someone: Browser) -> None:
    await sign_in_parts.make_person(someone.world, "bob")
    hint = (await someone.tokens())["id_token"]
    other = sign_in_parts.browser(someone.world, someone.http, "bob")
    await other.code()

    same = await someone.ask(prompt="none", id_token_hint=hint)
    assert "code" in query_of(same)
    strange = await other.ask(prompt="none", id_token_hint=hint)
    assert query_of(strange)["error"] == "login_required"
    insists = await other.go_on(await other.ask(id_token_hint=hint))
    assert query_of(insists)["error"] == "login_required"


async def test_scopes_that_mean_nothing_are_left_out(someone: Browser) -> None:
    body = await someone.tokens(scope="openid nonsense profile all")

    assert body["scope"] == "openid profile"


async def test_a_resume_is_for_one_of_many(someone: Browser) -> None:
    await someone.ask()
    where = await someone.submit()
    answers = await asyncio.gather(*(someone.get(where) for _ in range(4)))

    codes = sorted(answer.status_code for answer in answers)
    assert codes == [303, 400, 400, 400]
    late = next(answer for answer in answers if answer.status_code == 400)
    assert (late.json()["code"], late.json()["error"]) == ("session.not_found", "invalid_request")


async def test_letting_in_at_once_makes_one_code(someone: Browser) -> None:
    begun = await someone.ask()
    assert begun.status_code == 303
    await someone.get(await someone.submit())
    consents = await asyncio.gather(*(someone.get("/consent?app_id=app") for _ in range(3)))
    where = consents[0].headers["location"]
    answers = await asyncio.gather(*(someone.get(where) for _ in range(3)))

    assert {answer.status_code for answer in consents} == {302}
    assert sorted(answer.status_code for answer in answers) == [303, 400, 400]


async def test_who_has_not_answered_yet_is_asked_again(someone: Browser) -> None:
    await someone.ask(first_screen="register")
    again = await someone.get(f"/oidc/auth/{someone.uid()}")

    assert (again.status_code, again.headers["location"]) == (303, "/register?app_id=app")


async def test_only_the_browser_that_began_goes_on(someone: Browser) -> None:
    await someone.ask()
    where = await someone.submit()
    other = sign_in_parts.browser(someone.world, someone.http)
    other.http.cookies.set("_interaction", someone.http.cookies["_interaction"])
    other.http.cookies.set("_interaction.sig", someone.http.cookies["_interaction.sig"])

    stolen = await other.get(where)
    assert error_of(stolen)[0] == 400
    assert stolen.json()["code"] == "session.not_found"


async def test_signing_in_gives_the_browser_a_secret_that_nobody_knew_before(
    someone: Browser,
) -> None:
    await someone.code()
    before = someone.http.cookies["_session"]
    await someone.go_on(await someone.ask(prompt="login"))
    after = someone.http.cookies["_session"]

    old = sign_in_parts.browser(someone.world, someone.http)
    old.http.cookies.set("_session", before)
    assert before != after
    assert await asked_at_the_page(old) == "/sign-in?app_id=app"


async def test_somebody_else_signs_in_where_another_is_signed_in(someone: Browser) -> None:
    await sign_in_parts.make_person(someone.world, "bob")
    await someone.code()
    await someone.ask(prompt="login consent")
    someone.person = "bob"
    page = await someone.get(await someone.submit())
    assert (page.status_code, "op.logoutForm" in page.text) == (200, True)
    back = await someone.sign_out(page)
    assert back.headers["location"] == f"{ORIGIN}/oidc/auth/{someone.uid()}"
    answered = await someone.go_on(await someone.get(back.headers["location"]))

    body = (await someone.exchange(query_of(answered)["code"])).json()
    assert (await someone.claims(body["id_token"]))["sub"] == "bob"


async def test_a_session_that_changed_meanwhile_ends_the_way(someone: Browser) -> None:
    await someone.code()
    await someone.ask(prompt="login")
    where = await someone.submit()
    await someone.sign_out(await someone.get("/oidc/session/end"))

    assert (await someone.get(where)).json()["code"] == "session.not_found"


async def test_a_suspended_person_is_asked_to_sign_in(someone: Browser) -> None:
    from carteiro.flows.administer.people.users import suspend_user

    await someone.code()
    await suspend_user(someone.world, "default", "ann", suspended=True)

    assert await asked_at_the_page(someone, prompt=None) == "/sign-in?app_id=app"
    refused = await someone.get(await someone.submit())
    assert query_of(refused)["error"] == "invalid_grant"


async def test_the_addresses_are_never_the_requests_own(someone: Browser) -> None:
    poisoned = {"Host": "evil.test", "X-Forwarded-Host": "evil.test", "Forwarded": "host=evil.test"}
    found = await someone.get("/oidc/.well-known/openid-configuration", headers=poisoned)
    page = await someone.get("/oidc/session/end", headers=poisoned)

    assert "evil.test" not in found.text + page.text
    assert found.json()["issuer"] == ISSUER


async def test_a_built_in_application_signs_people_in(someone: Browser) -> None:
    for client_id, back in (
        ("demo-app", "/demo-app"),
        ("account-center", "/account"),
        ("console", "/console/callback"),
    ):
        code = await someone.code(client_id=client_id, redirect_uri=f"{ORIGIN}{back}")
        answer = await someone.exchange(
            code,
            client_id=client_id,
            redirect_uri=f"{ORIGIN}{back}",
            form={"client_secret": None},
        )
        assert answer.status_code == 200


async def test_who_only_looks_whether_a_link_is_there_uses_nothing_up(someone: Browser) -> None:
    await someone.ask()
    where, cookies = await someone.submit(), dict(someone.http.cookies)
    for path in (where, "/oidc/auth?client_id=app", "/consent?app_id=app"):
        looked = await someone.http.head(path)

        assert (looked.status_code, looked.headers.get_list("set-cookie")) == (404, [])
    assert dict(someone.http.cookies) == cookies
    assert (await someone.http.head("/oidc/jwks")).status_code == 200

    assert "code" in query_of(await someone.go_on(await someone.get(where)))
