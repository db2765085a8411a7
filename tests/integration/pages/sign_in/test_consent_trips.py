"""The page on which somebody lets an application in is read in one round trip, too."""

from __future__ import annotations

from typing import Any

import pytest

import organization_parts
import sign_in_parts
from door_parts import Door
from organization_parts import API, INSIDE, ORGANIZATIONS, allow
from page_parts import HTML, Reader
from round_trip_parts import here, watch
from sign_in_parts import BACK

ANN = "ann@example.com"
PLAIN = {"scope": f"openid offline_access email {ORGANIZATIONS}"}
OF_A_RESOURCE = {"scope": f"{PLAIN['scope']} read write drop invite pay", "resource": API}
INSIDE_TOO = {**OF_A_RESOURCE, "resource": f"{API},{INSIDE}"}


async def come(door: Door, browser: Reader, **asked: str) -> None:
    """Ann stands before the page."""
    await sign_in_parts.make_person(door.world, "ann")
    await organization_parts.furnish(door.world)
    await sign_in_parts.make_client(door.world, "theirs", type="SPA", third_party=True)
    await allow(
        door.world,
        "theirs",
        user=["email", ORGANIZATIONS],
        resource=["read"],
        resource_inside=["write", "drop"],
        inside=["invite"],
    )
    await browser.begin(client_id="theirs", redirect_uri=BACK, prompt="consent", **asked)
    await browser.send(identifier=ANN)
    await browser.send(code=await door.code(ANN))
    assert browser.path == "/consent?app_id=theirs"


@pytest.mark.usefixtures("unheard")
@pytest.mark.parametrize(
    "asked", [PLAIN, OF_A_RESOURCE, INSIDE_TOO], ids=["plain", "api", "inside"]
)
async def test_a_page_of_consent_asks_once(
    door: Door,
    browser: Reader,
    monkeypatch: pytest.MonkeyPatch,
    request: pytest.FixtureRequest,
    asked: dict[str, str],
) -> None:
    if "postgresql" not in request.node.name:
        pytest.skip("round trips are those to PostgreSQL")
    await come(door, browser, **asked)
    seen = watch(monkeypatch)

    with here():
        answer = await browser.http.get("/consent?app_id=theirs", headers=HTML)

    assert answer.status_code == 200
    assert len(seen) == 1, seen


async def test_the_page_says_what_the_api_says(door: Door, browser: Reader) -> None:
    await come(door, browser, **INSIDE_TOO)
    told: Any = (await browser.http.get("/api/interaction/consent")).json()
    shown = [scope.text() for scope in browser.page.css("ul.granted ul li")]

    assert [one["resource"]["name"] for one in told["missingResourceScopes"]] != []
    assert sorted(shown) == sorted(
        scope["description"] or scope["name"]
        for one in (told, *told["organizations"])
        for resource in one["missingResourceScopes"]
        for scope in resource["scopes"]
    )
