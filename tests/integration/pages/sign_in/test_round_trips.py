"""Each page of a step is read in one round trip."""

from __future__ import annotations

import pytest

from door_parts import ANA, GOOD_PASSWORD, Door, method
from page_parts import HTML, Reader
from round_trip_parts import here, watch

NAMED = {
    "signIn": {"methods": [method("username", password=True)]},
    "signUp": {"identifiers": ["username"], "password": True, "verify": False},
    "mfa": {"policy": "Mandatory", "factors": ["EmailVerificationCode"]},
}
OF_WHOM_IS_KNOWN = [
    "/continue/email",
    "/continue/username",
    "/continue/password",
    "/continue/extra-profile",
    "/mfa-verification",
    "/mfa-verification/EmailVerificationCode",
]


@pytest.fixture(autouse=True)
def far(request: pytest.FixtureRequest) -> None:
    if "postgresql" not in request.node.name:
        pytest.skip("round trips are those to PostgreSQL")


@pytest.mark.usefixtures("unheard")
async def test_a_page_of_whoever_is_known_asks_once(
    door: Door, browser: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    await door.settings(**NAMED)
    await door.person(GOOD_PASSWORD, username="ana", primary_email=ANA)
    await browser.begin()
    await browser.send(identifier="ana", password=GOOD_PASSWORD)
    seen = watch(monkeypatch)

    with here():
        answers = [
            await browser.http.get(f"{path}?app_id=demo-app", headers=HTML)
            for path in OF_WHOM_IS_KNOWN
        ]

    assert [answer.status_code for answer in answers] == [200] * len(OF_WHOM_IS_KNOWN)
    assert seen == ["screens.get"] * len(OF_WHOM_IS_KNOWN)


@pytest.mark.usefixtures("unheard")
async def test_a_links_page_asks_once(
    door: Door, browser: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    await browser.begin(one_time_token=await door.link(), login_hint=ANA)
    seen = watch(monkeypatch)

    with here():
        for path in ("/one-time-token", "/one-time-token/error"):
            answer = await browser.http.get(f"{path}?app_id=demo-app", headers=HTML)
            assert answer.status_code == 200

    assert seen == ["screens.get"] * 2
