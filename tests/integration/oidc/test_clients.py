"""How applications show who they are, where their pages may be, and what they may look into."""

from __future__ import annotations

import base64
import time
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, OctKey, RSAKey

import sign_in_parts
from carteiro.storage.tenancy import applications
from sign_in_parts import BACK, ISSUER, ORIGIN, SECRET, Browser, error_of, query_of, request

FAILED = (401, "invalid_client", "client authentication failed")
BEARER = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


def claims(**changes: Any) -> dict[str, Any]:
    now = int(time.time())
    whole = {
        "iss": "app",
        "sub": "app",
        "aud": f"{ISSUER}/token",
        "jti": "one",
        "iat": now,
        "exp": now + 60,
        **changes,
    }
    return {name: value for name, value in whole.items() if value is not None}


def asserted(assertion: str, **changes: Any) -> dict[str, Any]:
    return {
        "client_id": None,
        "client_secret": None,
        "client_assertion_type": BEARER,
        "client_assertion": assertion,
        **changes,
    }


def by_secret(secret: str = SECRET, alg: str = "HS256", **changes: Any) -> str:
    return jwt.encode({"alg": alg}, claims(**changes), OctKey.import_key(secret))


async def test_a_client_signs_with_its_secret(someone: Browser) -> None:
    answer = await someone.exchange(await someone.code(), form=asserted(by_secret()))

    assert answer.status_code == 200


async def test_an_assertion_counts_once(someone: Browser) -> None:
    first, second = await someone.code(), await someone.code()
    assertion = by_secret()
    assert (await someone.exchange(first, form=asserted(assertion))).status_code == 200

    assert error_of(await someone.exchange(second, form=asserted(assertion))) == FAILED


@pytest.mark.parametrize(
    "changes",
    [
        {"secret": "another secret of thirty-two chars"},
        {"iss": "other"},
        {"aud": "https://else.test"},
        {"aud": None},
        {"exp": 1},
        {"exp": None},
        {"exp": 2**40},
        {"exp": True},
        {"nbf": 2**40},
        {"iat": 2**40},
        {"jti": None},
        {"jti": ["one"]},
    ],
    ids=str,
)
async def test_an_assertion_that_is_not_right_opens_nothing(
    someone: Browser, changes: dict[str, Any]
) -> None:
    code = await someone.code()

    assert error_of(await someone.exchange(code, form=asserted(by_secret(**changes)))) == FAILED


@pytest.mark.parametrize(
    ("key", "alg"),
    [(ECKey.generate_key("P-256"), "ES256"), (RSAKey.generate_key(2048), "PS256")],
    ids=["ES256", "PS256"],
)
async def test_a_client_signs_with_a_key_of_its_own(someone: Browser, key: Any, alg: str) -> None:
    keys = {"jwks": {"keys": [key.as_dict(private=False)]}}
    await sign_in_parts.make_client(someone.world, "keyed", metadata=keys)
    right = jwt.encode(
        {"alg": alg}, claims(iss="keyed", sub="keyed", aud=[ISSUER]), key, algorithms=[alg]
    )
    public = key.as_pem(private=False)
    confused = jwt.encode(
        {"alg": "HS256"},
        claims(iss="keyed", sub="keyed"),
        OctKey.import_key(base64.b64encode(public)),
    )
    code = await someone.code(client_id="keyed")

    wrong = await someone.exchange(code, client_id="keyed", form=asserted(confused))
    none = f"{right.rpartition('.')[0].replace(right.split('.')[0], 'eyJhbGciOiJub25lIn0')}."
    unsigned = await someone.exchange(code, client_id="keyed", form=asserted(none))
    answer = await someone.exchange(code, client_id="keyed", form=asserted(right))
    assert error_of(wrong) == error_of(unsigned) == FAILED
    assert answer.status_code == 200


async def test_an_assertion_may_be_for_the_endpoint_that_is_called(someone: Browser) -> None:
    form = {**request(), "token": "x", **who()}
    for number, path in enumerate(("request", "token/introspection", "token/revocation")):
        right = by_secret(aud=f"{ISSUER}/{path}", jti=f"right {number}")
        wrong = by_secret(aud=f"{ISSUER}/{path}/else", jti=f"wrong {number}")
        given = {name: value for name, value in (form | asserted(right)).items() if value}
        answer = await someone.http.post(f"/oidc/{path}", data=given)
        refused = await someone.http.post(f"/oidc/{path}", data=given | asserted(wrong))

        assert answer.status_code in {200, 201}, answer.text
        assert error_of(refused) == FAILED


@pytest.mark.parametrize(
    ("form", "refused"),
    [
        ({"client_secret": "wrong"}, FAILED),
        ({"client_secret": None}, FAILED),
        ({"client_secret": ""}, FAILED),
        ({"client_id": "nobody"}, (400, "invalid_client", "invalid client nobody")),
        (
            {"client_id": None, "client_secret": None},
            (400, "invalid_request", "no client authentication mechanism provided"),
        ),
        (
            asserted("x.y.z"),
            (400, "invalid_request", "invalid client_assertion format"),
        ),
        (
            asserted(by_secret(), client_assertion_type="else"),
            (400, "invalid_request", f"client_assertion_type must have value {BEARER}"),
        ),
        (
            asserted(by_secret(), client_id="other"),
            (
                400,
                "invalid_request",
                "subject of client_assertion must be the same as client_id",
            ),
        ),
        (
            asserted(by_secret(), client_secret=SECRET),
            (
                400,
                "invalid_request",
                "client authentication must only be provided using one mechanism",
            ),
        ),
    ],
    ids=[str(number) for number in range(9)],
)
async def test_who_a_client_is_has_to_be_shown(
    someone: Browser, form: dict[str, Any], refused: tuple[int, str, str]
) -> None:
    given = {"grant_type": "refresh_token", "refresh_token": "x", **form}

    assert error_of(await someone.token(given)) == refused


@pytest.mark.parametrize("secret", [None, ""])
async def test_a_public_client_has_no_secret_and_may_say_so(
    someone: Browser, secret: str | None
) -> None:
    await sign_in_parts.make_client(someone.world, "spa", type="SPA")
    code = await someone.code(client_id="spa")

    guessed = await someone.exchange(code, client_id="spa")
    answer = await someone.exchange(code, client_id="spa", form={"client_secret": secret})
    assert (error_of(guessed), answer.status_code) == (FAILED, 200)


async def test_a_page_calls_from_where_its_application_is(someone: Browser) -> None:
    custom = {"corsAllowedOrigins": ["https://more.test"]}
    back = ("https://spa.test/cb", "https://*.preview.spa.test/cb", "myapp://cb")
    await sign_in_parts.make_client(
        someone.world, "spa", type="SPA", redirect_uris=back, custom=custom
    )
    form = {"client_id": "spa", "grant_type": "refresh_token", "refresh_token": "x"}
    for origin in (
        "https://spa.test",
        "https://a.preview.spa.test",
        "https://more.test",
        ORIGIN,
    ):
        answer = await someone.http.post("/oidc/token", data=form, headers={"Origin": origin})
        assert error_of(answer)[1] == "invalid_grant"
        assert answer.headers["access-control-allow-origin"] == origin


@pytest.mark.parametrize("origin", ["https://evil.test", "null", "http://spa.test", "myapp://cb"])
async def test_a_page_from_elsewhere_reads_nothing(someone: Browser, origin: str) -> None:
    await sign_in_parts.make_client(
        someone.world, "spa", type="SPA", redirect_uris=("https://spa.test/cb", "myapp://cb")
    )
    form = {"client_id": "spa", "grant_type": "refresh_token", "refresh_token": "x"}
    answer = await someone.http.post("/oidc/token", data=form, headers={"Origin": origin})

    assert error_of(answer) == (
        400,
        "invalid_request",
        f"origin {origin} not allowed for client: spa",
    )
    assert "access-control-allow-origin" not in answer.headers


async def test_what_is_said_of_a_person_is_for_their_applications_pages(someone: Browser) -> None:
    bearer = {"Authorization": f"Bearer {(await someone.tokens())['access_token']}"}
    for origin in ("https://app.test", ORIGIN):
        told = await someone.http.get("/oidc/me", headers={**bearer, "Origin": origin})
        assert told.json()["sub"] == "ann"
        assert told.headers["access-control-allow-origin"] == origin
    foreign = await someone.http.get("/oidc/me", headers={**bearer, "Origin": "https://evil.test"})
    bad = {"Authorization": "Bearer x", "Origin": "https://app.test"}
    unknown = await someone.http.get("/oidc/me", headers=bad)

    assert error_of(foreign) == (
        400,
        "invalid_request",
        "origin https://evil.test not allowed for client: app",
    )
    assert "access-control-allow-origin" not in foreign.headers
    # Whose it was nobody can say: any page may learn that it is nobody's.
    assert error_of(unknown)[0] == 401
    assert unknown.headers["access-control-allow-origin"] == "https://app.test"


async def test_a_page_may_read_that_it_asked_for_two_resources(someone: Browser) -> None:
    form = {"client_id": "app", "client_secret": SECRET, "grant_type": "refresh_token"}
    refused = await someone.http.post(
        "/oidc/token",
        data={**form, "refresh_token": "x", "resource": ["https://a.test", "https://b.test"]},
        headers={"Origin": "https://app.test"},
    )

    assert error_of(refused)[:2] == (400, "invalid_target")
    assert refused.headers["access-control-allow-origin"] == "https://app.test"


async def test_tokens_of_an_application_that_is_gone_are_good_for_nothing(
    someone: Browser,
) -> None:
    body = await someone.tokens()
    await sign_in_parts.make_client(someone.world, "other")
    # As if one had been given in the very moment.
    await someone.world.database.write(lambda tx: applications.delete(tx, "default", "app"))
    someone.world.workspaces.forget("default")
    bearer = {"Authorization": f"Bearer {body['access_token']}"}
    looked = await someone.http.post(
        "/oidc/token/introspection",
        data={"token": body["access_token"], "client_id": "other", "client_secret": SECRET},
    )

    assert looked.json() == {"active": False}
    assert error_of(await someone.http.get("/oidc/me", headers=bearer))[:2] == (
        401,
        "invalid_token",
    )


async def test_a_browser_may_ask_before_it_calls(someone: Browser) -> None:
    asking = {
        "Origin": "https://any.test",
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization",
    }
    answer = await someone.http.options("/oidc/token", headers=asking)
    plain = await someone.http.options("/oidc/token")

    assert answer.status_code == 204
    assert answer.headers["access-control-allow-origin"] == "https://any.test"
    assert answer.headers["access-control-allow-headers"] == "authorization"
    assert plain.status_code == 404


async def test_a_token_is_looked_into_by_who_may(someone: Browser) -> None:
    body = await someone.tokens()
    form = {"token": body["access_token"]}
    found = (await someone.http.post("/oidc/token/introspection", data={**form, **who()})).json()
    times = found.pop("iat"), found.pop("exp")

    assert times[1] - times[0] == 3600
    assert found == {
        "active": True,
        "client_id": "app",
        "iss": ISSUER,
        "scope": "openid offline_access profile",
        "sub": "ann",
        "token_type": "Bearer",
    }
    await sign_in_parts.make_client(someone.world, "spa", type="SPA")
    for given in (
        {"token": "x" * 43, **who()},
        {**form, "client_id": "spa"},
    ):
        other = await someone.http.post("/oidc/token/introspection", data=given)
        assert other.json() == {"active": False}


async def test_what_a_client_revokes_ends_with_its_grant(someone: Browser) -> None:
    body = await someone.tokens()
    await sign_in_parts.make_client(someone.world, "spa", type="SPA")
    form = {"token": body["access_token"]}
    stranger = await someone.http.post("/oidc/token/revocation", data={**form, "client_id": "spa"})
    assert stranger.status_code == 200
    refreshed = await someone.refresh(body["refresh_token"])
    assert refreshed.status_code == 200, "another client's word changes nothing"

    done = await someone.http.post("/oidc/token/revocation", data={**form, **who()})
    assert (done.status_code, done.content) == (200, b"")
    assert error_of(await someone.refresh(body["refresh_token"]))[1] == "invalid_grant"
    again = await someone.http.post("/oidc/token/introspection", data={**form, **who()})
    assert again.json() == {"active": False}


@pytest.mark.parametrize("where", ["introspection", "revocation"])
async def test_signed_tokens_are_not_looked_up(someone: Browser, where: str) -> None:
    verb = "introspected" if where == "introspection" else "revoked"
    token = (await someone.tokens())["id_token"]
    answer = await someone.http.post(f"/oidc/token/{where}", data={"token": token, **who()})

    assert error_of(answer) == (
        400,
        "unsupported_token_type",
        f"Structured JWT Tokens cannot be {verb} via the {where}_endpoint",
    )
    missing = await someone.http.post(f"/oidc/token/{where}", data=who())
    assert error_of(missing)[1:] == ("invalid_request", "missing required parameter 'token'")


async def test_a_request_is_brought_before_anybody_is_sent(someone: Browser) -> None:
    pushed = await someone.http.post("/oidc/request", data={**request(), **who()})
    assert (pushed.status_code, pushed.json()["expires_in"]) == (201, 60)
    where = {"client_id": "app", "request_uri": pushed.json()["request_uri"]}
    answered = await someone.go_on(await someone.get("/oidc/auth", params=where))

    assert set(query_of(answered)) == {"code", "state", "iss"}
    again = await someone.get("/oidc/auth", params=where)
    assert error_of(again)[1] == "invalid_request_uri"


async def test_a_brought_request_is_its_clients_own(someone: Browser) -> None:
    await sign_in_parts.make_client(someone.world, "other")
    pushed = await someone.http.post("/oidc/request", data={**request(), **who()})
    stolen = {"client_id": "other", "request_uri": pushed.json()["request_uri"]}

    assert error_of(await someone.get("/oidc/auth", params=stolen))[1] == "invalid_request_uri"
    evil = await someone.http.post(
        "/oidc/request", data={**request(redirect_uri="https://evil.test"), **who()}
    )
    assert error_of(evil)[:2] == (400, "invalid_redirect_uri")
    for wrong in ({"prompt": "none login"}, {"request_uri": "urn:x:y"}):
        refused = await someone.http.post("/oidc/request", data={**request(**wrong), **who()})
        assert error_of(refused)[:2] == (400, "invalid_request")


def who() -> dict[str, str]:
    return {"client_id": "app", "client_secret": SECRET}


async def test_the_address_has_to_be_that_of_the_request(someone: Browser) -> None:
    second = "https://app.test/second"
    await sign_in_parts.make_client(someone.world, "two", redirect_uris=(BACK, second))
    code = await someone.code(client_id="two", redirect_uri=second)

    mixed = await someone.exchange(code, client_id="two")
    right = await someone.exchange(code, client_id="two", redirect_uri=second)
    assert (error_of(mixed)[1], right.status_code) == ("invalid_grant", 200)
