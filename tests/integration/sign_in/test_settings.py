"""The settings of the guards, as an administrator has them over HTTP."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

KEYS = {"siteKey": "site", "secretKey": "s3cret"}


@pytest.mark.parametrize(
    "more",
    [
        {"type": "Turnstile"},
        {"type": "HCaptcha"},
        {"type": "RecaptchaV3"},
        {"type": "RecaptchaEnterprise", "projectId": "p", "mode": "checkbox"},
    ],
    ids=lambda more: more["type"],
)
async def test_a_captcha_of_each_provider_is_kept_and_its_secret_is_not_for_pages(
    client: httpx.AsyncClient, more: dict[str, Any]
) -> None:
    put = await client.put("/api/captcha-provider", json={"config": {**more, **KEYS}})
    await client.patch("/api/sign-in-exp", json={"captchaPolicy": {"enabled": True}})
    stored = await client.get("/api/captcha-provider")
    public = await client.get("/api/.well-known/sign-in-exp")
    deleted = await client.delete("/api/captcha-provider")

    assert put.status_code == 200
    assert stored.json()["config"] == {**more, **KEYS}
    assert public.json()["captchaConfig"] == {**more, "siteKey": "site"}
    assert deleted.status_code == 204


@pytest.mark.parametrize(
    "config",
    [
        {"type": "Turnstile", "siteKey": "site"},
        {"type": "RecaptchaEnterprise", **KEYS},
        {"type": "Nobody", **KEYS},
        {**KEYS},
    ],
    ids=["secret", "project", "unknown", "none"],
)
async def test_a_captcha_that_lacks_something_is_refused(
    client: httpx.AsyncClient, config: dict[str, Any]
) -> None:
    answer = await client.put("/api/captcha-provider", json={"config": config})

    assert (answer.status_code, answer.json()["code"]) == (400, "guard.invalid_input")


async def test_disposable_addresses_are_refused_by_the_setting_that_is_ours(
    client: httpx.AsyncClient,
) -> None:
    policy = {"emailBlocklistPolicy": {"blockDisposableAddresses": True}}
    theirs = await client.patch("/api/sign-in-exp", json=policy)
    ours = await client.patch("/api/protection", json={"blockDisposableAddresses": True})
    off = await client.patch("/api/protection", json={"blockDisposableAddresses": False})

    assert (theirs.status_code, theirs.json()["code"]) == (400, "request.invalid_input")
    assert ours.json()["blockDisposableAddresses"] is True
    assert off.json()["blockDisposableAddresses"] is False
    assert ours.json()["leakedPasswordsService"] is False


async def test_case_stops_to_count_only_where_no_two_names_differ_by_it(
    client: httpx.AsyncClient,
) -> None:
    for username in ("bob", "BOB", "ana"):
        await client.post("/api/users", json={"username": username})
    body = {"usernamePolicy": {"caseSensitive": False}}
    refused = await client.patch("/api/sign-in-exp", json=body)

    assert refused.status_code == 409
    assert refused.json()["code"] == "sign_in_experiences.username_policy_case_conflicts_exist"
    assert refused.json()["data"] == {"totalConflicts": 1, "samples": ["bob"]}
