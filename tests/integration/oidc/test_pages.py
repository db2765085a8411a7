"""The pages of signing in are for people on their way; everybody else is sent away."""

from __future__ import annotations

import pytest

from sign_in_parts import ORIGIN, Browser


@pytest.mark.parametrize(
    "path",
    ["/sign-in", "/sign-in/password", "/register", "/forgot-password", "/consent?app_id=app"],
)
async def test_who_is_on_no_way_is_told_so(someone: Browser, path: str) -> None:
    answer = await someone.get(path)

    assert (answer.status_code, answer.headers["location"]) == (302, f"{ORIGIN}/unknown-session")


@pytest.mark.parametrize("path", ["/sign-in?app_id=app", "/register?app_id=app"])
async def test_who_is_on_their_way_is_not_sent_away(someone: Browser, path: str) -> None:
    await someone.ask()

    assert "location" not in (await someone.get(path)).headers


async def test_a_preview_needs_no_way(someone: Browser) -> None:
    assert "location" not in (await someone.get("/sign-in?preview=true")).headers


async def test_a_tenant_has_a_place_for_the_lost(someone: Browser) -> None:
    from carteiro.flows.administer.tenant.sign_in_experience import update_experience

    await update_experience(
        someone.world, "default", {"unknownSessionRedirectUrl": "https://app.test/lost"}
    )

    assert (await someone.get("/sign-in")).headers["location"] == "https://app.test/lost"


@pytest.mark.parametrize("path", ["/", "/api/status", "/oidc/jwks"])
async def test_other_pages_are_for_everybody(someone: Browser, path: str) -> None:
    assert "location" not in (await someone.get(path)).headers
