"""`/api/sign-in-exp` and `/api/custom-phrases`."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

PATH = "/api/sign-in-exp"


async def test_a_new_tenant_has_the_defaults(client: httpx.AsyncClient) -> None:
    record = (await client.get(PATH)).json()

    assert (record["tenantId"], record["id"]) == ("default", "default")
    assert record["languageInfo"] == {"autoDetect": True, "fallbackLanguage": "en"}
    assert record["verificationCodePolicy"] == {}
    assert record["signInMode"] == "SignInAndRegister"
    assert record["forgotPasswordMethods"] == []
    assert record["color"]["primaryColor"] == "#6139F6"


@pytest.mark.parametrize(
    "change",
    [
        {"languageInfo": {"autoDetect": False, "fallbackLanguage": "pt-BR"}},
        {"verificationCodePolicy": {"expirationDuration": 60, "maxRetryAttempts": 100}},
        {"branding": {"logoUrl": "https://acme.test/logo.png"}},
        {"signIn": {"methods": []}},
        {"signUp": {"identifiers": ["email"], "password": False, "verify": True}},
        {"mfa": {"factors": ["EmailVerificationCode"], "policy": "NoPrompt"}},
        {"forgotPasswordMethods": None},
        {"termsOfUseUrl": "https://acme.test/terms"},
        {"customCss": None},
        {"passwordPolicy": {"length": {"min": 12}}},
    ],
)
async def test_a_field_is_replaced_as_a_whole_and_returned(
    client: httpx.AsyncClient, change: dict[str, Any]
) -> None:
    await client.post("/api/connectors", json={"connectorId": "logto-email"})
    before = (await client.get(PATH)).json()

    answer = await client.patch(PATH, json=change)

    assert answer.status_code == 200, answer.text
    assert answer.json() == {**before, **change}
    assert (await client.get(PATH)).json() == {**before, **change}


async def test_an_empty_patch_answers_200_unchanged(client: httpx.AsyncClient) -> None:
    before = (await client.get(PATH)).json()

    answer = await client.patch(PATH, json={})

    assert (answer.status_code, answer.json()) == (200, before)


@pytest.mark.parametrize(
    ("change", "path"),
    [
        (
            {"verificationCodePolicy": {"expirationDuration": 59}},
            ["verificationCodePolicy", "expirationDuration"],
        ),
        (
            {"verificationCodePolicy": {"expirationDuration": 3601}},
            ["verificationCodePolicy", "expirationDuration"],
        ),
        (
            {"verificationCodePolicy": {"expirationDuration": 60.5}},
            ["verificationCodePolicy", "expirationDuration"],
        ),
        (
            {"verificationCodePolicy": {"maxRetryAttempts": 0}},
            ["verificationCodePolicy", "maxRetryAttempts"],
        ),
        (
            {"verificationCodePolicy": {"maxRetryAttempts": 101}},
            ["verificationCodePolicy", "maxRetryAttempts"],
        ),
        ({"verificationCodePolicy": None}, ["verificationCodePolicy"]),
        ({"languageInfo": {"autoDetect": True}}, ["languageInfo", "fallbackLanguage"]),
        (
            {"languageInfo": {"autoDetect": True, "fallbackLanguage": "xx-XX"}},
            ["languageInfo", "fallbackLanguage"],
        ),
        ({"branding": {"logoUrl": "nope"}}, ["branding", "logoUrl"]),
        (
            {
                "color": {
                    "primaryColor": "red",
                    "isDarkModeEnabled": True,
                    "darkPrimaryColor": "#fff",
                }
            },
            ["color", "primaryColor"],
        ),
        ({"signInMode": "Nope"}, ["signInMode"]),
    ],
)
async def test_a_bad_value_is_refused_and_nothing_is_stored(
    client: httpx.AsyncClient, change: dict[str, Any], path: list[str]
) -> None:
    before = (await client.get(PATH)).json()

    answer = await client.patch(PATH, json={"customCss": "a{}", **change})

    assert (answer.status_code, answer.json()["code"]) == (400, "guard.invalid_input")
    assert answer.json()["data"]["issues"][0]["path"] == path
    assert (await client.get(PATH)).json() == before


async def test_the_default_language_must_be_in_the_library(client: httpx.AsyncClient) -> None:
    change = {"languageInfo": {"autoDetect": True, "fallbackLanguage": "nl-NL"}}
    refused = await client.patch(PATH, json=change)

    await client.put("/api/custom-phrases/nl-NL", json={"action": {"sign_in": "Inloggen"}})
    taken = await client.patch(PATH, json=change)

    code = "sign_in_experiences.unsupported_default_language"
    assert (refused.status_code, refused.json()["code"]) == (400, code)
    assert taken.status_code == 200


@pytest.mark.parametrize(
    "change",
    [{"hideLogtoBranding": True}, {"emailBlocklistPolicy": {"blockDisposableAddresses": True}}],
)
async def test_what_only_a_hosted_service_has_is_refused(
    client: httpx.AsyncClient, change: dict[str, Any]
) -> None:
    answer = await client.patch(PATH, json=change)

    assert (answer.status_code, answer.json()["code"]) == (400, "request.invalid_input")


async def test_an_empty_support_address_is_stored_as_null(client: httpx.AsyncClient) -> None:
    answer = await client.patch(PATH, json={"supportEmail": "", "supportWebsiteUrl": ""})

    assert answer.json()["supportEmail"] is None
    assert answer.json()["supportWebsiteUrl"] is None


async def test_a_language_of_ones_own_takes_part_in_the_choice(client: httpx.AsyncClient) -> None:
    await client.post("/api/connectors", json={"connectorId": "logto-email"})
    made = await client.put(
        "/api/custom-phrases/nl-NL", json={"action": {"sign_in": "c", "back": ""}}
    )

    assert made.status_code == 201
    assert made.json()["translation"] == {"action": {"sign_in": "c"}}
    assert [row["languageTag"] for row in (await client.get("/api/custom-phrases")).json()] == [
        "nl-NL"
    ]
    assert (await client.get("/api/custom-phrases/nl-NL")).json() == made.json()
    assert (await client.get("/api/custom-phrases/xx-XX")).status_code == 400
    assert (await client.get("/api/custom-phrases/nl-BE")).status_code == 404


async def test_the_default_language_cannot_be_deleted(client: httpx.AsyncClient) -> None:
    await client.put("/api/custom-phrases/nl-NL", json={})
    change = {"languageInfo": {"autoDetect": True, "fallbackLanguage": "nl-NL"}}
    await client.patch(PATH, json=change)

    refused = await client.delete("/api/custom-phrases/nl-NL")
    await client.patch(PATH, json={"languageInfo": {"autoDetect": True, "fallbackLanguage": "en"}})
    deleted = await client.delete("/api/custom-phrases/nl-NL")
    gone = await client.delete("/api/custom-phrases/nl-NL")

    assert refused.json()["code"] == "localization.cannot_delete_default_language"
    assert (refused.status_code, deleted.status_code, gone.status_code) == (409, 204, 404)
