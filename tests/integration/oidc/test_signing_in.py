"""An application sends somebody, they sign in and let it in, and it has its tokens."""

from __future__ import annotations

from sign_in_parts import BACK, ISSUER, ORIGIN, Browser, query_of


async def test_the_way_of_a_browser_is_the_references(someone: Browser) -> None:
    begun = await someone.ask()
    assert (begun.status_code, begun.headers["location"]) == (303, "/sign-in?app_id=app")
    resumed = await someone.get(await someone.submit())
    assert (resumed.status_code, resumed.headers["location"]) == (303, "/consent?app_id=app")
    consented = await someone.get("/consent?app_id=app")
    uid = someone.uid("app")
    assert (consented.status_code, consented.headers["location"]) == (
        302,
        f"{ORIGIN}/oidc/auth/{uid}",
    )
    answered = await someone.get(consented.headers["location"])

    assert answered.headers["location"].startswith(f"{BACK}?code=")
    told = query_of(answered)
    assert (told["state"], told["iss"], len(told["code"])) == ("st4te", ISSUER, 43)


async def test_tokens_say_who_has_signed_in(someone: Browser) -> None:
    body = await someone.tokens(nonce="n0nce", max_age="100")

    assert set(body) == {
        *("access_token", "expires_in", "id_token", "refresh_token", "scope", "token_type")
    }
    assert (body["expires_in"], body["token_type"]) == (3600, "Bearer")
    assert body["scope"] == "openid offline_access profile"
    assert len(body["access_token"]) == len(body["refresh_token"]) == 43
    claims = await someone.claims(body["id_token"])
    now = someone.world.clock.now() // 1000
    times = {name: claims.pop(name) for name in ("iat", "exp", "auth_time")}
    assert times["exp"] - times["iat"] == 3600
    assert all(abs(times[name] - now) < 60 for name in ("iat", "auth_time"))
    assert claims == {
        "sub": "ann",
        "iss": ISSUER,
        "aud": "app",
        "nonce": "n0nce",
        "name": "Ann",
        "username": "ann",
        "preferred_username": "ann",
        "picture": None,
        "created_at": 1000,
        "updated_at": 2000,
    }
