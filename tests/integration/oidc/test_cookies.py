"""The cookies of signing in: their names, their reach, and what is made of strange ones."""

from __future__ import annotations

import json
from dataclasses import replace
from http.cookies import SimpleCookie
from urllib.parse import quote, unquote

import httpx
import pytest

import sign_in_parts
from carteiro.settings import Settings
from sign_in_parts import Browser, query_of

SECURE = "https://carteiro.test"


def set_by(answer: httpx.Response) -> list[tuple[str, dict[str, str]]]:
    """The cookies that an answer sets, in their order, with the attributes of each."""
    found = []
    for line in answer.headers.get_list("set-cookie"):
        (name, morsel), *_ = SimpleCookie(line).items()
        given = {key: str(value) for key, value in morsel.items() if value}
        found.append((name, {**given, "value": morsel.value}))
    return found


async def test_an_interaction_is_kept_by_application_and_resumed_at_its_own_path(
    someone: Browser,
) -> None:
    answer = await someone.ask(ui_locales="pt-BR", organization_id="org")

    cookies = dict(set_by(answer))
    uid = someone.uid()
    assert json.loads(unquote(cookies["_interaction"]["value"])) == {"app": uid, "_legacy": uid}
    assert set(cookies) == {
        *("_interaction", "_interaction.sig", "_interaction_resume", "_interaction_resume.sig"),
        "_logto",
    }
    for name in ("_interaction_resume", "_interaction_resume.sig"):
        assert cookies[name]["path"] == f"/oidc/auth/{uid}"
    assert len(cookies["_interaction_resume"]["value"]) == 43
    for name in set(cookies) - {"_logto"}:
        assert (cookies[name]["samesite"], cookies[name]["httponly"]) == ("lax", "True")
    hints = cookies["_logto"]
    assert ("httponly" in hints, hints["path"], hints["samesite"]) == (False, "/", "lax")
    assert json.loads(unquote(hints["value"])) == {
        "appId": "app",
        "organizationId": "org",
        "uiLocales": "pt-BR",
    }


async def test_who_keeps_only_what_a_resumption_sets_can_go_on(someone: Browser) -> None:
    await someone.ask()
    resumed = await someone.get(await someone.submit())

    kept = {name: attributes["value"] for name, attributes in set_by(resumed)}
    signed = ("_interaction", "_interaction_resume", "_session")
    assert set(kept) == {"_logto", *signed, *(f"{name}.sig" for name in signed)}
    jar = "; ".join(f"{name}={value}" for name, value in kept.items())
    bare = sign_in_parts.browser(someone.world, someone.http)
    consented = await bare.get("/consent?app_id=app", headers={"Cookie": jar})
    answered = await bare.get(consented.headers["location"], headers={"Cookie": jar})
    assert answered.headers["location"].startswith("https://app.test/callback?code=")


async def test_a_resumption_clears_the_old_proof_at_its_path(someone: Browser) -> None:
    await someone.ask()
    uid = someone.uid()
    resumed = await someone.get(await someone.submit())

    cleared = [
        name
        for name, attributes in set_by(resumed)
        if attributes.get("path") == f"/oidc/auth/{uid}" and attributes["max-age"] == "0"
    ]
    assert cleared == ["_interaction_resume", "_interaction_resume.sig"]


async def test_two_applications_are_signed_in_to_side_by_side(someone: Browser) -> None:
    await sign_in_parts.make_client(someone.world, "other")
    await someone.ask()
    first = someone.uid("app")
    await someone.ask(client_id="other")

    assert (someone.uid("app"), someone.uid()) == (first, someone.uid("other"))
    for uid in (someone.uid("other"), first):
        where = await someone.submit(uid)
        assert (await someone.get(where)).status_code == 303


@pytest.mark.parametrize(
    ("cookie", "headers", "query"),
    [
        ({"app": "one", "_legacy": "two"}, {"Logto-App-Id": "app"}, ""),
        ({"app": "one", "_legacy": "two"}, {}, "?app_id=app"),
        ({"other": "two", "_legacy": "one"}, {}, ""),
        ("one", {}, ""),
        ("one", {"Logto-App-Id": "app"}, ""),
    ],
    ids=str,
)
async def test_a_request_says_which_interaction_it_is_about(
    someone: Browser, cookie: object, headers: dict[str, str], query: str
) -> None:
    from carteiro.api.cookies import interaction_uid

    value = quote(cookie if isinstance(cookie, str) else json.dumps(cookie))
    request = request_with(someone, {"_interaction": value}, headers, query)

    assert interaction_uid(request) == "one"


@pytest.mark.parametrize(
    "jar",
    [
        "",
        "_interaction=one",
        "_interaction=one; _interaction.sig=0123456789abcdef0123456789abcdef",
        "_interaction={one}; _interaction.sig={sig}; _interaction=two",
        "_interaction={one}; _interaction.sig={sig}; _interaction.sig=x",
        "_interaction=%5B1%5D; _interaction.sig={sig}",
        "_interaction={other}; _interaction.sig={othersig}",
    ],
)
async def test_what_is_not_ours_or_comes_twice_is_no_interaction(
    someone: Browser, jar: str
) -> None:
    from carteiro.api.cookies import interaction_uid
    from carteiro.oidc.errors import SessionNotFound

    sign = someone.world.keyring.index_digest
    one, other = "one", quote('{"x":"y"}')
    whole = jar.format(
        one=one,
        sig=sign("cookie", "default", "_interaction", one),
        other=other,
        othersig=sign("cookie", "default", "_interaction", other),
    )
    with pytest.raises(SessionNotFound):
        interaction_uid(request_with(someone, whole, {}, ""))


@pytest.mark.parametrize(
    ("value", "hints"),
    [
        (
            quote('{"appId":"app","uiLocales":"pt-BR","more":1}'),
            {"appId": "app", "uiLocales": "pt-BR"},
        ),
        (quote('{"appId":7}'), {}),
        (quote('["appId"]'), {}),
        ("%%%", {}),
        (quote("[" * 100_000), {}),
        ("", {}),
    ],
    ids=["whole", "number", "list", "nonsense", "deep", "empty"],
)
async def test_hints_are_read_leniently(
    someone: Browser, value: str, hints: dict[str, str]
) -> None:
    from carteiro.api.cookies import logto_hints

    assert logto_hints(request_with(someone, f"_logto={value}", {}, "")) == hints


async def test_a_jar_does_not_grow_with_the_applications(someone: Browser) -> None:
    for number in range(25):
        await sign_in_parts.make_client(someone.world, f"app-{number:017d}")
        await someone.ask(client_id=f"app-{number:017d}")

    value = someone.http.cookies["_interaction"]
    assert len(value) < 3800
    assert someone.uid() == someone.uid(f"app-{24:017d}")
    assert someone.uid(f"app-{10:017d}")


def request_with(
    someone: Browser, cookies: dict[str, str] | str, headers: dict[str, str], query: str
):
    """A request to this server with these cookies, signed where they are given by name."""
    from starlette.requests import Request

    if isinstance(cookies, dict):
        sign = someone.world.keyring.index_digest
        signed = {
            f"{name}.sig": sign("cookie", "default", name, value) for name, value in cookies.items()
        }
        cookies = "; ".join(f"{k}={v}" for k, v in {**cookies, **signed}.items())
    lines = {**headers, "Cookie": cookies}
    return Request(
        {
            "type": "http",
            "app": someone.http._transport.app,
            "method": "GET",
            "path": "/",
            "query_string": query.lstrip("?").encode(),
            "headers": [(k.lower().encode(), v.encode()) for k, v in lines.items()],
        }
    )


async def test_under_https_no_cookie_goes_over_plain_http(
    someone: Browser, settings: Settings
) -> None:
    site = someone.http._transport.app.state.site
    someone.http._transport.app.state.site = replace(site, public_url="https://carteiro.test")
    answer = await someone.ask()

    cookies = set_by(answer)
    assert cookies
    assert all(attributes["secure"] == "True" for _, attributes in cookies)
    assert all("domain" not in attributes for _, attributes in cookies)


async def test_cookies_that_a_neighbour_tosses_in_sign_nobody_in_to_their_account(
    someone: Browser,
) -> None:
    attacker = sign_in_parts.browser(someone.world, someone.http, "mallory")
    await sign_in_parts.make_person(someone.world, "mallory")
    await attacker.ask()
    submitted = await attacker.submit()
    tossed = {name: attacker.http.cookies[name] for name in ("_interaction", "_interaction.sig")}
    victim = sign_in_parts.browser(someone.world, someone.http)
    for name, value in tossed.items():
        victim.http.cookies.set(name, value)

    went_on = await victim.get(submitted)
    assert (went_on.status_code, went_on.json()["code"]) == (400, "session.not_found")
    assert "_session" not in victim.http.cookies


async def test_under_https_nobody_goes_on_with_what_somebody_proved_in_a_planted_interaction(
    someone: Browser,
) -> None:
    planter, victim = under_https(someone), under_https(someone)
    await planter.ask()
    for name in ("_interaction", "_interaction.sig"):
        victim.http.cookies.set(name, planter.http.cookies[name], domain=".carteiro.test")

    begun = await victim.http.put("/api/experience", json={"interactionEvent": "SignIn"})
    page = await victim.get("/sign-in")
    own = await planter.http.put("/api/experience", json={"interactionEvent": "SignIn"})

    assert (begun.status_code, begun.json()["code"]) == (400, "session.not_found")
    assert page.headers["location"].endswith("/unknown-session")
    assert own.status_code == 204


async def test_under_https_nobody_is_handed_what_somebody_else_submitted(someone: Browser) -> None:
    planter, victim = under_https(someone), under_https(someone)
    await planter.ask()
    submitted = await planter.submit()
    for cookie in planter.http.cookies.jar:
        if not cookie.name.startswith("__Host-"):
            victim.http.cookies.set(cookie.name, cookie.value or "", ".carteiro.test", cookie.path)

    handed = await victim.get(submitted)
    went_on = await planter.get(submitted)

    assert (handed.status_code, handed.json()["code"]) == (400, "session.not_found")
    assert "_session" not in victim.http.cookies
    assert went_on.status_code == 303
    assert "_session" in planter.http.cookies


async def test_under_https_a_browser_keeps_its_newest_interactions(someone: Browser) -> None:
    browser = under_https(someone)
    uids = []
    for _ in range(25):
        await browser.ask()
        uids.append(browser.uid())

    assert browser.http.cookies["__Host-_interaction"].split(".") == uids[-20:]
    code = query_of(await browser.go_on(await browser.ask()))["code"]
    assert code


def under_https(someone: Browser) -> Browser:
    """Ann's browser on the same server, which is reached by https."""
    transport = someone.http._transport
    site = transport.app.state.site
    transport.app.state.site = replace(site, public_url=SECURE)
    client = httpx.AsyncClient(transport=transport, base_url=SECURE)
    return Browser(someone.world, client, origin=SECURE)


@pytest.mark.parametrize(
    "word", ["https://evil.test", "//evil.test", "/\\evil.test", "\r\nLocation: https://evil.test"]
)
async def test_no_word_of_a_request_leads_the_browser_elsewhere(
    someone: Browser, word: str
) -> None:
    for name in (
        *("login_hint", "one_time_token", "organization_id", "ui_locales", "first_screen"),
        *("identifier", "interaction_mode", "direct_sign_in", "app_id", "redirect_to"),
    ):
        answer = await someone.ask(**{name: word})
        assert answer.headers["location"].startswith("/sign-in?app_id=app"), name
        assert "evil.test" not in answer.headers["location"].partition("?")[0]
        page = await someone.get(f"/consent?app_id=app&{name}=https://evil.test")
        assert "evil.test" not in page.headers.get("location", "").partition("?")[0], name
