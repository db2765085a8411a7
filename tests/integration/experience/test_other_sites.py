"""A page of another origin, even of the same site, goes on with nobody's interaction."""

from __future__ import annotations

import json

import pytest

from door_parts import ANA, GOOD_PASSWORD, ORIGIN, Door, code_of, email, method

BY_PASSWORD = {"signIn": {"methods": [method("email", password=True, code=True)]}}
PLAIN = {"content-type": "text/plain"}
"""What a browser sends without asking before."""


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "http://neighbour.carteiro.test"},
        {"origin": "null"},
        {"origin": ORIGIN, "sec-fetch-site": "same-site"},
        {"sec-fetch-site": "cross-site"},
    ],
    ids=["neighbour", "no origin", "same site", "other site"],
)
async def test_a_page_of_another_origin_changes_nothing(
    door: Door, headers: dict[str, str]
) -> None:
    await door.settings(**BY_PASSWORD)
    await door.person(GOOD_PASSWORD, primary_email=ANA)
    browser = await door.browser()
    await browser.begin()
    before = await browser.record()
    body = json.dumps({"identifier": email(), "password": GOOD_PASSWORD})

    answers = [
        await browser.client.request(verb, path, content=body, headers={**PLAIN, **headers})
        for verb, path in (
            ("POST", "/api/experience/verification/password"),
            ("POST", "/api/experience/profile"),
            ("POST", "/api/experience/submit"),
            ("PUT", "/api/experience"),
            ("DELETE", "/api/experience/profile/phone"),
            ("POST", "/api/interaction/consent"),
        )
    ]
    codes = [code_of(answer) for answer in answers if answer.status_code not in {404, 405}]

    assert len(codes) >= 5
    assert set(codes) == {(400, "session.not_found")}
    assert await browser.record() == before


@pytest.mark.parametrize(
    "headers",
    [{}, {"origin": ORIGIN}, {"origin": "http://proxied.test", "sec-fetch-site": "same-origin"}],
    ids=["no browser", "own origin", "the browser's word"],
)
async def test_a_page_of_this_origin_goes_on(door: Door, headers: dict[str, str]) -> None:
    await door.settings(**BY_PASSWORD)
    await door.person(GOOD_PASSWORD, primary_email=ANA)
    browser = await door.browser()
    browser.headers = headers

    await browser.begin()
    answer = await browser.password()

    assert answer.status_code == 200
