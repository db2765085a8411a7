"""A page of the account is read in one round trip, whoever opens it and whatever is on it."""

from __future__ import annotations

import pytest

from carteiro.flows.administer.tenant.settings import update_account_center
from door_parts import TENANT, Door
from page_parts import HTML, Reader
from round_trip_parts import here, watch

PATHS = ["", "/email", "/phone", "/password", "/username", "/security", "/sessions"]


@pytest.fixture(autouse=True)
def far(request: pytest.FixtureRequest) -> None:
    if "postgresql" not in request.node.name:
        pytest.skip("round trips are those to PostgreSQL")


async def asked_by_each_page(browser: Reader, seen: list[str]) -> list[int]:
    """How often the database is asked before a page's first byte, page by page."""
    counted = []
    with here():
        for path in PATHS:
            seen.clear()
            answer = await browser.http.get(f"/account{path}", headers=HTML)
            assert answer.status_code == 200, path
            counted.append(len(seen))
    return counted


@pytest.mark.usefixtures("unheard")
async def test_each_page_asks_once_before_and_after_a_proof_and_while_a_code_is_waited_for(
    door: Door, ana: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    named = {"profileFields": [{"name": "team"}, {"name": "address"}]}
    await update_account_center(door.world, TENANT, named)
    await ana.get("/account")
    seen = watch(monkeypatch)

    fresh = await asked_by_each_page(ana, seen)
    await ana.get("/account/email")
    await ana.send(form="main form:has([value=email])")
    waiting = await asked_by_each_page(ana, seen)
    await ana.send(code=await door.code())
    proven = await asked_by_each_page(ana, seen)

    assert [fresh, waiting, proven] == [[1] * len(PATHS)] * 3
