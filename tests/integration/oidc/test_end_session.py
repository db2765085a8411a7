"""Signing out: the page that asks, what it may do, and where people go on."""

from __future__ import annotations

import re
from urllib.parse import parse_qs

import pytest

import sign_in_parts
from carteiro.flows.administer.tenant.sign_in_experience import update_experience
from carteiro.languages.farewells import SIGNED_OUT
from carteiro.languages.tags import BUILT_IN
from carteiro.testing.http_sink import Answer, HttpSink
from sign_in_parts import ISSUER, Browser, error_of

BYE = "https://app.test/bye"
CONFIRM = "/oidc/session/end/confirm"


async def test_the_page_has_the_form_that_clients_look_for(someone: Browser) -> None:
    await someone.code()
    page = await someone.get("/oidc/session/end")
    posted = await someone.http.post("/oidc/session/end", data={})

    text = page.text
    assert (page.status_code, page.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert "<title>Sign Out</title>" in text
    assert "onload=\"document.getElementById('op.logoutForm').submit();\"" in text
    assert f'<form id="op.logoutForm" method="post" action="{ISSUER}/session/end/confirm">' in text
    assert re.search(r'name="xsrf" value="[\w.-]+"', text)
    assert '<input type="hidden" name="logout" form="op.logoutForm" value="yes"/>' in text
    xsrf = re.compile(r'name="xsrf" value="[^"]+"')
    assert xsrf.sub("", posted.text) == xsrf.sub("", text)
    assert "content-security-policy" not in page.headers


@pytest.mark.parametrize(
    ("query", "where"),
    [
        ("", f"{ISSUER}/session/end/success"),
        ("?client_id=app", f"{ISSUER}/session/end/success"),
        (f"?client_id=app&post_logout_redirect_uri={BYE}", BYE),
        (f"?client_id=app&post_logout_redirect_uri={BYE}&state=a%26b", f"{BYE}?state=a%26b"),
        (f"?post_logout_redirect_uri={BYE}", f"{ISSUER}/session/end/success"),
        ("?post_logout_redirect_uri=https://evil.test", f"{ISSUER}/session/end/success"),
    ],
)
@pytest.mark.parametrize("signed_in", [True, False])
async def test_people_go_on_where_the_application_has_registered(
    someone: Browser, query: str, where: str, signed_in: bool
) -> None:
    if signed_in:
        await someone.code()
    done = await someone.sign_out(await someone.get(f"/oidc/session/end{query}"))

    assert (done.status_code, done.headers["location"]) == (303, where)
    asked = await someone.ask(prompt=None)
    assert asked.headers["location"] == "/sign-in?app_id=app"


async def test_whoever_has_no_script_is_asked_in_the_look_of_the_other_pages(
    someone: Browser,
) -> None:
    look = {
        "color": {"primaryColor": "#ffee00", "isDarkModeEnabled": False},
        "branding": {"logoUrl": "https://pictures.example/logo.png"},
        "customCss": "h1 { color: red } </style></noscript><b>",
    }
    await update_experience(someone.world, "default", look)
    page = await someone.get("/oidc/session/end", headers={"Accept-Language": "en"})
    style = re.search(r'<noscript><link rel="stylesheet" href="([^"]+)"', page.text)

    assert style is not None
    assert (await someone.get(style[1])).headers["content-type"] == "text/css; charset=utf-8"
    assert "--brand:#ffee00;--on-brand:#000000" in page.text
    assert 'src="https://pictures.example/logo.png"' in page.text
    assert "h1 { color: red } <\\/style><\\/noscript><b>" in page.text
    assert "<h1>Do you want to sign out?</h1>" in page.text
    assert (
        '<button type="submit" class="primary" form="op.logoutForm">Sign out</button>' in page.text
    )


async def test_the_last_page_says_that_it_is_done(someone: Browser) -> None:
    page = await someone.get("/oidc/session/end/success")

    assert page.status_code == 200
    assert "You have successfully signed out." in page.text
    assert "<title>Sign Out</title>" in page.text


@pytest.mark.parametrize(
    ("query", "refused"),
    [
        (
            "?client_id=app&post_logout_redirect_uri=https://evil.test",
            "post_logout_redirect_uri not registered",
        ),
        (
            f"?client_id=app&post_logout_redirect_uri={BYE}/../x",
            "post_logout_redirect_uri not registered",
        ),
        ("?id_token_hint=x.y.z", "could not validate id_token_hint"),
    ],
)
async def test_what_is_not_registered_is_no_way_out(
    someone: Browser, query: str, refused: str
) -> None:
    answer = await someone.get(f"/oidc/session/end{query}")

    assert error_of(answer) == (400, "invalid_request", refused)


async def test_a_hint_names_the_application(someone: Browser) -> None:
    hint = (await someone.tokens())["id_token"]
    query = f"?id_token_hint={hint}&post_logout_redirect_uri={BYE}"
    await sign_in_parts.make_client(someone.world, "other")

    mixed = await someone.get(f"/oidc/session/end{query}&client_id=other")
    assert error_of(mixed)[1:] == (
        "invalid_request",
        "client_id does not match the provided id_token_hint",
    )
    done = await someone.sign_out(await someone.get(f"/oidc/session/end{query}"))
    assert done.headers["location"] == BYE


async def test_an_access_token_is_no_hint(someone: Browser) -> None:
    token = await someone.world.tokens.issue(
        tenant_id="default", issuer=ISSUER, client_id="app", audience="app", scope=None
    )
    answer = await someone.get(f"/oidc/session/end?id_token_hint={token}")

    assert error_of(answer)[2] == "could not validate id_token_hint"


async def test_nobody_else_can_sign_a_person_out(someone: Browser) -> None:
    await someone.code()
    other = sign_in_parts.browser(someone.world, someone.http)
    strange = re.search(r'name="xsrf" value="([^"]+)"', (await other.get("/oidc/session/end")).text)
    assert strange is not None

    for xsrf in (strange[1], "", "x.y", strange[1][:-1] + "0"):
        refused = await someone.http.post(CONFIRM, data={"xsrf": xsrf, "logout": "yes"})
        assert error_of(refused) == (400, "invalid_request", "xsrf token invalid")
    assert (await someone.ask(prompt="none")).headers["location"].startswith("https://app.test")


async def test_who_says_no_stays(someone: Browser) -> None:
    await someone.code()
    page = await someone.get("/oidc/session/end")
    xsrf = re.search(r'name="xsrf" value="([^"]+)"', page.text)
    assert xsrf is not None
    answer = await someone.http.post(CONFIRM, data={"xsrf": xsrf[1]})

    assert answer.status_code == 303
    assert "_session" in someone.http.cookies


async def test_a_session_is_over_in_every_copy_of_the_browser(someone: Browser) -> None:
    await someone.code()
    copy = sign_in_parts.browser(someone.world, someone.http)
    copy.http.cookies.update(dict(someone.http.cookies.items()))
    done = await someone.sign_out(await someone.get("/oidc/session/end"))

    cleared = [line for line in done.headers.get_list("set-cookie") if "Max-Age=0" in line]
    assert {line.partition("=")[0] for line in cleared} == {"_session", "_session.sig"}
    assert (await copy.ask(prompt=None)).headers["location"] == "/sign-in?app_id=app"


async def test_applications_are_told_that_somebody_has_signed_out(someone: Browser) -> None:
    async with HttpSink(Answer(500, b"")) as sink:
        for name, more in (("told", {"backchannelLogoutSessionRequired": True}), ("broken", {})):
            metadata = {"backchannelLogoutUri": f"http://127.0.0.1:{sink.port}/{name}", **more}
            await sign_in_parts.make_client(someone.world, name, metadata=metadata)
        body = await someone.tokens(client_id="told")
        await someone.code(client_id="broken", prompt=None)
        done = await someone.sign_out(await someone.get("/oidc/session/end"))
        await someone.code()
        asked = {request.path: request.body for request in sink.requests}

    assert done.status_code == 303
    assert set(asked) == {"/told", "/broken"}
    token = parse_qs(asked["/told"].decode())["logout_token"][0]
    claims = await someone.claims(token)
    sid = (await someone.claims(body["id_token"]))["sid"]
    times = {name: claims.pop(name) for name in ("iat", "exp", "jti")}
    assert times["exp"] - times["iat"] == 120
    assert claims == {
        "iss": ISSUER,
        "sub": "ann",
        "aud": "told",
        "sid": sid,
        "events": {"http://schemas.openid.net/event/backchannel-logout": {}},
    }


@pytest.mark.parametrize(
    ("query", "accepted", "language", "written"),
    [
        ("", "pt-BR, en;q=0.5", "pt-BR", "ltr"),
        ("", "xx, fr-CA;q=0.4, de;q=0.9", "de", "ltr"),
        ("?locale=ar", "de", "ar", "rtl"),
        ("?locale=xx&locale=fa-IR", "de", "fa-IR", "rtl"),
        ("?locale=xx", "yy", "en", "ltr"),
    ],
)
async def test_the_last_page_speaks_the_persons_language(
    someone: Browser, query: str, accepted: str, language: str, written: str
) -> None:
    page = await someone.get(
        f"/oidc/session/end/success{query}", headers={"Accept-Language": accepted}
    )

    assert page.headers["content-language"] == language
    assert f'<html lang="{language}" dir="{written}">' in page.text
    assert SIGNED_OUT[language] in page.text


def test_the_last_word_is_there_in_every_built_in_language() -> None:
    assert tuple(SIGNED_OUT) == BUILT_IN
    assert len(set(SIGNED_OUT.values())) == len(BUILT_IN)
