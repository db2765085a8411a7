"""What OpenID Connect Core and OAuth 2.1 ask of a provider, where no other test of ours says it."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

import sign_in_parts
from carteiro.testing.clock import FrozenClock
from sign_in_parts import BACK, ISSUER, SECRET, Browser, error_of, query_of, request


@pytest.mark.parametrize(
    "more",
    [
        {"display": "popup", "claims_locales": "pt en", "acr_values": "1 2", "claims": "{}"},
        {"audience": "x", "utm_source": "mail", "x" * 64: "y"},
        {"nonce": "", "prompt": "", "max_age": "", "login_hint": "", "id_token_hint": ""},
        {"resource": "", "response_mode": "", "ui_locales": ""},
    ],
    ids=["not supported", "unknown", "without a value", "without a value, too"],
)
async def test_what_a_provider_does_not_know_or_is_not_told_stops_nobody(
    someone: Browser, more: dict[str, str]
) -> None:
    answer = await someone.ask(**more)

    assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in?app_id=app")


@pytest.mark.parametrize(
    ("given", "error"),
    [
        ({"request": "e30.e30."}, "request_not_supported"),
        ({"registration": "{}"}, "registration_not_supported"),
        ({"response_type": "code token"}, "unsupported_response_type"),
    ],
    ids=str,
)
async def test_what_is_not_supported_is_said_where_it_matters(
    someone: Browser, given: dict[str, str], error: str
) -> None:
    told = query_of(await someone.ask(**given))

    assert (told["error"], told["state"], told["iss"]) == (error, "st4te", ISSUER)


@pytest.mark.parametrize(
    "state", ["a b+c%20&d=e#f", "ü€😀", "'\"><script>", "x" * 500], ids=str.__len__
)
async def test_an_application_gets_its_state_back_as_it_was(someone: Browser, state: str) -> None:
    good = query_of(await someone.go_on(await someone.ask(state=state)))
    bad = query_of(await someone.ask(state=state, prompt="none login"))

    assert (good["state"], bad["state"]) == (state, state)


async def test_an_addresss_own_query_stays(someone: Browser) -> None:
    back = "https://app.test/callback?shop=1&q=a%20b"
    await sign_in_parts.make_client(someone.world, "asks", redirect_uris=(back,))
    answer = await someone.go_on(await someone.ask(client_id="asks", redirect_uri=back))

    told = dict(parse_qsl(urlsplit(answer.headers["location"]).query))
    assert (told["shop"], told["q"], set(told)) == (
        *("1", "a b"),
        {"shop", "q", "code", "state", "iss"},
    )


async def test_an_error_comes_the_way_that_the_answer_would(someone: Browser) -> None:
    fragment = await someone.ask(response_mode="fragment", prompt="none")
    form = await someone.ask(response_mode="form_post", prompt="none")

    where = urlsplit(fragment.headers["location"])
    assert (where.query, dict(parse_qsl(where.fragment))["error"]) == ("", "login_required")
    assert (form.status_code, 'name="error" value="login_required"' in form.text) == (200, True)


async def test_asking_for_a_sign_in_asks_again_and_says_when_it_was(someone: Browser) -> None:
    clock = FrozenClock(someone.world.clock.now())
    object.__setattr__(someone.world, "clock", clock)
    first = await someone.claims((await someone.tokens(max_age="1000"))["id_token"])
    clock.advance(50)
    still = await someone.tokens(prompt=None, max_age="1000", scope="openid")
    again = await someone.tokens(prompt="login", max_age="1000", scope="openid")

    times = [(await someone.claims(body["id_token"]))["auth_time"] for body in (still, again)]
    assert [time - first["auth_time"] for time in times] == [0, 50]


async def test_a_renewed_id_token_is_about_the_same_sign_in(someone: Browser) -> None:
    clock = FrozenClock(someone.world.clock.now())
    object.__setattr__(someone.world, "clock", clock)
    body = await someone.tokens(nonce="n0nce", max_age="1000")
    first = await someone.claims(body["id_token"])
    clock.advance(50)
    renewed = (await someone.refresh(body["refresh_token"])).json()
    second = await someone.claims(renewed["id_token"])

    for name in ("iss", "sub", "aud", "auth_time"):
        assert first[name] == second[name], name
    assert second["iat"] - first["iat"] == 50
    assert second.get("nonce") in {None, "n0nce"}


async def test_tokens_are_asked_for_by_post_and_never_in_an_address(someone: Browser) -> None:
    form = {
        "grant_type": "authorization_code",
        "code": await someone.code(),
        "redirect_uri": BACK,
        "code_verifier": sign_in_parts.VERIFIER,
    }
    secret = {"client_id": "app", "client_secret": SECRET}
    got = await someone.http.get("/oidc/token", params={**form, **secret})
    in_the_address = await someone.http.post("/oidc/token", params=secret, data=form)
    all_in_the_address = await someone.http.post("/oidc/token", params={**form, **secret})

    assert got.status_code in {404, 405}
    assert error_of(in_the_address)[:2] == (400, "invalid_request")
    assert error_of(all_in_the_address)[0] == 400
    assert (await someone.token(form)).status_code == 200, "the code was not touched"


async def test_a_token_in_an_address_opens_nothing(someone: Browser) -> None:
    token = (await someone.tokens())["access_token"]
    answer = await someone.http.get("/oidc/me", params={"access_token": token})

    assert error_of(answer)[0] in {400, 401}


@pytest.mark.parametrize(
    ("more", "status"),
    [
        ({"unheard_of": "x"}, 200),
        ({"scope": "", "resource": ""}, 200),
        ({"grant_type": ["authorization_code", "authorization_code"]}, 400),
        ({"redirect_uri": [BACK, BACK]}, 400),
    ],
    ids=["unknown", "without a value", "twice", "an address twice"],
)
async def test_parameters_of_a_token_request_are_read_by_the_rules(
    someone: Browser, more: dict[str, Any], status: int
) -> None:
    answer = await someone.exchange(await someone.code(), form=more)

    assert answer.status_code == status, answer.text


@pytest.mark.parametrize(
    "grant", ["password", "implicit", "urn:ietf:params:oauth:grant-type:saml2-bearer"]
)
async def test_what_oauth_has_given_up_is_no_grant(someone: Browser, grant: str) -> None:
    form = {"grant_type": grant, "username": "ann", "password": "x", "assertion": "x"}

    assert error_of(await someone.token(form))[:2] == (400, "unsupported_grant_type")


async def test_a_client_without_a_secret_needs_its_verifier(someone: Browser) -> None:
    await sign_in_parts.make_client(someone.world, "spa", type="SPA")
    code = await someone.code(client_id="spa")
    bare = {"client_secret": None, "code_verifier": None}

    refused = await someone.exchange(code, client_id="spa", form=bare)
    assert error_of(refused)[:2] == (400, "invalid_grant")


async def test_a_wrong_secret_is_asked_for_in_the_way_it_came(someone: Browser) -> None:
    form = {"grant_type": "refresh_token", "refresh_token": "x"}
    header = await someone.http.post("/oidc/token", data=form, auth=("app", "wrong"))
    body = await someone.token({**form, "client_secret": "wrong"})

    assert error_of(header)[:2] == error_of(body)[:2] == (401, "invalid_client")
    assert header.headers["www-authenticate"].startswith("Basic ")


async def test_an_address_is_sent_by_no_redirect_that_repeats_a_form(someone: Browser) -> None:
    posted = await someone.http.post("/oidc/auth", data=request(), follow_redirects=False)
    page = await someone.get("/oidc/session/end")
    left = await someone.sign_out(page)

    await someone.code()
    assert {posted.status_code, left.status_code} == {303}
    assert not {answer.status_code for answer in someone.steps} & {301, 307, 308}


async def test_what_is_told_of_a_person_is_json_with_their_name_for_the_application(
    someone: Browser,
) -> None:
    body = await someone.tokens()
    answer = await someone.http.get(
        "/oidc/me", headers={"Authorization": f"Bearer {body['access_token']}"}
    )

    subject = (await someone.claims(body["id_token"]))["sub"]
    assert answer.headers["content-type"].startswith("application/json")
    assert answer.json()["sub"] == subject
    assert subject.isascii()
    assert len(subject) <= 255


async def test_no_cache_keeps_what_opens_something(someone: Browser) -> None:
    body = await someone.tokens()
    told = await someone.http.get(
        "/oidc/me", headers={"Authorization": f"Bearer {body['access_token']}"}
    )
    renewed = await someone.refresh(body["refresh_token"])
    refused = await someone.refresh("x")

    for answer in (*someone.steps, told, renewed, refused):
        assert answer.headers["cache-control"] == "no-store", answer.request.url
