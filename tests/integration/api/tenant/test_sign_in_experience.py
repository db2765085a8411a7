"""`/api/sign-in-exp` and what hangs on it (§2.6, §2.14, §2.15)."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest

from carteiro.runtime.checkup import Verdict, examine
from carteiro.settings import Settings

PATH = "/api/sign-in-exp"
EMAIL_CODE = {
    "identifier": "email",
    "password": False,
    "verificationCode": True,
    "isPasswordPrimary": False,
}
EMAIL_BOTH = {**EMAIL_CODE, "password": True}
EMAIL_PASSWORD = {**EMAIL_CODE, "password": True, "verificationCode": False}
NOTHING = {**EMAIL_CODE, "verificationCode": False}
PHONE_CODE = {**EMAIL_CODE, "identifier": "phone"}


def said(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"].removeprefix("sign_in_experiences.")


@pytest.fixture
async def mailing(client: httpx.AsyncClient) -> httpx.AsyncClient:
    assert (
        await client.post("/api/connectors", json={"connectorId": "logto-email"})
    ).status_code == 200
    return client


def sign_up(
    *identifiers: str, secondary: Any = None, password: bool = True, verify: bool = True
) -> dict[str, Any]:
    body: dict[str, Any] = {
        "identifiers": list(identifiers),
        "password": password,
        "verify": verify,
    }
    if secondary is not None:
        body["secondaryIdentifiers"] = secondary
    return {"signUp": body}


def factors(*names: str, policy: str = "NoPrompt") -> dict[str, Any]:
    return {"mfa": {"factors": list(names), "policy": policy}}


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        (
            {"languageInfo": {"autoDetect": True, "fallbackLanguage": "nl-NL"}},
            400,
            "unsupported_default_language",
        ),
        (
            {"languageInfo": {"autoDetect": True, "fallbackLanguage": "xx"}},
            400,
            "guard.invalid_input",
        ),
        (
            sign_up(secondary=[{"identifier": "email", "verify": True}]),
            400,
            "missing_sign_up_identifiers",
        ),
        (sign_up("email", "email"), 400, "duplicated_sign_up_identifiers"),
        (
            sign_up("email", secondary=[{"identifier": "email", "verify": True}]),
            400,
            "duplicated_sign_up_identifiers",
        ),
        (
            sign_up("email", secondary=[{"identifier": "emailOrPhone", "verify": True}]),
            400,
            "duplicated_sign_up_identifiers",
        ),
        (sign_up("email", verify=False), 400, "passwordless_requires_verify"),
        (
            sign_up("username", secondary=[{"identifier": "email"}]),
            400,
            "passwordless_requires_verify",
        ),
        (sign_up("phone"), 400, "enabled_connector_not_found"),
        (
            sign_up("username", secondary=[{"identifier": "emailOrPhone", "verify": True}]),
            400,
            "enabled_connector_not_found",
        ),
        ({"signIn": {"methods": [PHONE_CODE]}}, 400, "enabled_connector_not_found"),
        ({"signIn": {"methods": [NOTHING]}}, 400, "at_least_one_authentication_factor"),
        (
            {**sign_up("email", password=False), "signIn": {"methods": [EMAIL_PASSWORD]}},
            400,
            "code_sign_in_must_be_enabled",
        ),
        (
            {"signIn": {"methods": [EMAIL_BOTH]}, **factors("EmailVerificationCode")},
            400,
            "email_verification_code_cannot_be_used_for_sign_in",
        ),
        (factors("Totp", "Totp"), 400, "duplicated_mfa_factors"),
        (factors("BackupCode"), 400, "backup_code_cannot_be_enabled_alone"),
        ({"adaptiveMfa": {"enabled": True}}, 422, "adaptive_mfa_requires_mfa"),
        (
            {"adaptiveMfa": {"enabled": True}, **factors("Totp")},
            422,
            "adaptive_mfa_requires_non_skippable_policy",
        ),
        (
            factors("Totp", policy="PromptOnlyAtSignInMandatory"),
            422,
            "non_adaptive_mfa_requires_skippable_policy",
        ),
        (
            {"forgotPasswordMethods": ["PhoneVerificationCode"]},
            400,
            "forgot_password_method_requires_connector",
        ),
        (
            {"passwordExpiration": {"enabled": True, "validPeriodDays": 0}},
            422,
            "password_expiration_invalid_period_days",
        ),
        ({"passwordExpiration": {"enabled": True}}, 422, "password_expiration_invalid_period_days"),
        (
            {
                "passwordExpiration": {"enabled": True, "validPeriodDays": 9},
                "forgotPasswordMethods": [],
            },
            422,
            "password_expiration_requires_forgot_password",
        ),
        ({"hideLogtoBranding": True}, 400, "request.invalid_input"),
        (
            {"emailBlocklistPolicy": {"blockDisposableAddresses": True}},
            400,
            "request.invalid_input",
        ),
        *(
            (
                {"emailBlocklistPolicy": {"customBlocklist": [item]}},
                400,
                "invalid_custom_email_blocklist_format",
            )
            for item in ("nodomain", "@nodot", "@*.*", "a@@b.c", "", "a b@c.d", "@")
        ),
        ({"verificationCodePolicy": {"expirationDuration": 59}}, 400, "guard.invalid_input"),
        ({"verificationCodePolicy": {"expirationDuration": 3601}}, 400, "guard.invalid_input"),
        ({"verificationCodePolicy": {"maxRetryAttempts": 0}}, 400, "guard.invalid_input"),
        ({"verificationCodePolicy": {"maxRetryAttempts": 1.5}}, 400, "guard.invalid_input"),
        ({"supportEmail": "nobody"}, 400, "guard.invalid_input"),
        ({"termsOfUseUrl": "nope"}, 400, "guard.invalid_input"),
        ({"termsOfUseUrl": "javascript://x%0aalert(1)"}, 400, "guard.invalid_input"),
        ({"supportWebsiteUrl": "javascript://x%0aalert(1)"}, 400, "guard.invalid_input"),
        ({"unknownSessionRedirectUrl": "data://text/html,x"}, 400, "guard.invalid_input"),
        ({"branding": {"logoUrl": "file:///etc/passwd"}}, 400, "guard.invalid_input"),
        ({"color": {"primaryColor": "#fff"}}, 400, "guard.invalid_input"),
        ({"signInMode": None}, 400, "guard.invalid_input"),
        ({"passwordPolicy": {"length": {"min": 0}}}, 400, "guard.invalid_input"),
    ],
)
async def test_each_rule_refuses_with_its_code_and_changes_nothing(
    mailing: httpx.AsyncClient, changes: dict[str, Any], status: int, code: str
) -> None:
    before = (await mailing.get(PATH)).json()

    answer = await mailing.patch(PATH, json=changes)

    assert said(answer) == (status, code)
    assert (await mailing.get(PATH)).json() == before


@pytest.mark.parametrize(
    "changes",
    [
        sign_up("email"),
        sign_up("email", password=False),
        sign_up("username", secondary=[{"identifier": "email", "verify": True}]),
        {"signIn": {"methods": [EMAIL_BOTH]}},
        {**sign_up("email", password=False), "signIn": {"methods": [EMAIL_CODE]}},
        factors("EmailVerificationCode", "BackupCode"),
        {**factors("Totp", policy="PromptOnlyAtSignInMandatory"), "adaptiveMfa": {"enabled": True}},
        {"forgotPasswordMethods": ["EmailVerificationCode"]},
        {"forgotPasswordMethods": None},
        {"passwordPolicy": {"length": {"min": 12, "max": 64}, "rejects": {"words": ["acme"]}}},
        {"sentinelPolicy": {"maxAttempts": 5, "lockoutDuration": 1.5}},
        {"verificationCodePolicy": {"expirationDuration": 60, "maxRetryAttempts": 100}},
        {
            "emailBlocklistPolicy": {
                "customAllowlist": ["*@*.example.com"],
                "blockSubaddressing": True,
            }
        },
        {"usernamePolicy": {"caseSensitive": False, "minLength": 3}},
        {
            "customContent": {"/sign-in": "x"},
            "customUiAssets": None,
            "signUpProfileFields": [{"name": "gender"}],
        },
    ],
)
async def test_what_is_accepted_is_stored_as_it_was_given(
    mailing: httpx.AsyncClient, changes: dict[str, Any]
) -> None:
    answer = await mailing.patch(PATH, json=changes)

    assert answer.status_code == 200, answer.text
    assert {name: answer.json()[name] for name in changes} == changes
    assert (await mailing.get(PATH)).json() == answer.json()


async def test_the_missing_connectors_type_is_told(client: httpx.AsyncClient) -> None:
    answer = await client.patch(PATH, json=sign_up("email", "phone"))

    assert said(answer) == (400, "enabled_connector_not_found")
    assert answer.json()["data"] == {"type": "Email"}


async def test_rules_look_at_what_is_stored_too(mailing: httpx.AsyncClient) -> None:
    await mailing.patch(PATH, json={"signIn": {"methods": [EMAIL_BOTH]}})
    mfa = await mailing.patch(PATH, json=factors("EmailVerificationCode"))
    await mailing.patch(PATH, json={"signIn": {"methods": [EMAIL_PASSWORD]}})
    await mailing.patch(PATH, json=factors("EmailVerificationCode"))
    sign_in = await mailing.patch(PATH, json={"signIn": {"methods": [EMAIL_BOTH]}})

    assert said(mfa) == (400, "email_verification_code_cannot_be_used_for_mfa")
    assert said(sign_in) == (400, "email_verification_code_cannot_be_used_for_sign_in")


async def test_mfa_switched_off_takes_adaptive_mfa_with_it(client: httpx.AsyncClient) -> None:
    strict = factors("Totp", policy="PromptOnlyAtSignInMandatory")
    await client.patch(PATH, json={**strict, "adaptiveMfa": {"enabled": True}})

    answer = await client.patch(PATH, json=factors(policy="NoPrompt"))

    assert answer.json()["adaptiveMfa"] == {"enabled": False}


async def test_small_values_are_put_right(mailing: httpx.AsyncClient) -> None:
    lists = {"customBlocklist": ["@a.example.com", "@a.example.com"]}
    answer = await mailing.patch(
        PATH,
        json={
            "supportEmail": "",
            "termsOfUseUrl": "",
            "emailBlocklistPolicy": lists,
            "socialSignInConnectorTargets": ["google"],
            "unknown": 1,
        },
    )

    record = answer.json()
    assert (record["supportEmail"], record["termsOfUseUrl"]) == (None, None)
    assert record["emailBlocklistPolicy"] == {"customBlocklist": ["@a.example.com"]}
    assert record["socialSignInConnectorTargets"] == []
    assert "unknown" not in record


async def test_password_expiration_begins_when_it_is_switched_on(
    mailing: httpx.AsyncClient, app: Any
) -> None:
    on = {"enabled": True, "validPeriodDays": 30, "enabledAt": 1}
    methods = {"forgotPasswordMethods": ["EmailVerificationCode"]}
    first = (await mailing.patch(PATH, json={"passwordExpiration": on, **methods})).json()
    again = (
        await mailing.patch(PATH, json={"passwordExpiration": {**on, "validPeriodDays": 9}})
    ).json()
    stuck = await mailing.patch(PATH, json={"forgotPasswordMethods": []})
    connector = (await mailing.get("/api/connectors")).json()[0]["id"]
    kept = await mailing.delete(f"/api/connectors/{connector}")

    assert first["passwordExpiration"]["enabledAt"] > 1_700_000_000_000
    assert again["passwordExpiration"] == {**first["passwordExpiration"], "validPeriodDays": 9}
    assert said(stuck) == said(kept) == (422, "password_expiration_requires_forgot_password")
    assert len((await mailing.get("/api/connectors")).json()) == 1


async def test_user_names_that_collide_stand_in_the_way(client: httpx.AsyncClient) -> None:
    for name in ("ana", "Ana", "bea"):
        await client.post("/api/users", json={"username": name})

    answer = await client.patch(PATH, json={"usernamePolicy": {"caseSensitive": False}})

    assert said(answer) == (409, "username_policy_case_conflicts_exist")
    assert answer.json()["data"] == {"totalConflicts": 1, "samples": ["ana"]}


async def test_two_changes_at_once_never_contradict(mailing: httpx.AsyncClient) -> None:
    for _ in range(5):
        await mailing.patch(PATH, json={**factors(), "signIn": {"methods": [EMAIL_PASSWORD]}})
        answers = await asyncio.gather(
            mailing.patch(PATH, json=factors("EmailVerificationCode")),
            mailing.patch(PATH, json={"signIn": {"methods": [EMAIL_BOTH]}}),
        )

        assert sorted(answer.status_code for answer in answers) == [200, 400]
        record = (await mailing.get(PATH)).json()
        assert not (record["mfa"]["factors"] and record["signIn"]["methods"][0]["verificationCode"])


@pytest.mark.parametrize(
    ("password", "codes"),
    [
        ("correct horse", []),
        ("short", ["too_short"]),
        ("x" * 257, ["too_long", "restricted.repetition"]),
        ("abcdefgh-1", ["restricted.sequence"]),
        ("my-ACME-1 horse", []),
        ("acmeACME-1", ["restricted.words"]),
        ("ANASTASIA-1", ["restricted.user_info"]),
        ("anastasia likes me", []),
    ],
)
async def test_a_password_is_checked_by_the_policy(
    client: httpx.AsyncClient, password: str, codes: list[str]
) -> None:
    await client.patch(PATH, json={"passwordPolicy": {"rejects": {"words": ["acme"]}}})
    user = (await client.post("/api/users", json={"username": "anastasia"})).json()["id"]

    answer = await client.post(
        f"{PATH}/default/check-password", json={"password": password, "userId": user}
    )

    found = [issue["code"] for issue in answer.json().get("issues", [])]
    assert found == [f"password_rejected.{code}" for code in codes]
    assert (answer.status_code, answer.json()["result"]) == (
        (200, True) if not codes else (400, False)
    )


# --- before signing in ------------------------------------------------------------------------


async def test_the_public_record_shows_what_pages_need(
    mailing: httpx.AsyncClient, anonymous: httpx.AsyncClient
) -> None:
    await mailing.put(
        "/api/captcha-provider",
        json={"config": {"type": "Turnstile", "siteKey": "site", "secretKey": "s3cr3t"}},
    )
    await mailing.patch(
        PATH, json={"captchaPolicy": {"enabled": True}, "forgotPasswordMethods": None}
    )

    answer = await anonymous.get("/api/.well-known/sign-in-exp", headers={"Authorization": ""})

    shown = answer.json()
    assert answer.status_code == 200
    assert not {"emailBlocklistPolicy", "forgotPasswordMethods"} & shown.keys()
    assert shown["forgotPassword"] == {"email": True, "phone": False}
    assert (shown["socialConnectors"], shown["ssoConnectors"], shown["customProfileFields"]) == (
        [],
        [],
        [],
    )
    assert shown["isDevelopmentTenant"] is True
    assert shown["captchaConfig"] == {"type": "Turnstile", "siteKey": "site"}
    assert "s3cr3t" not in answer.text
    again = await anonymous.get(
        "/api/.well-known/sign-in-exp", headers={"If-None-Match": answer.headers["ETag"]}
    )
    assert again.status_code == 304


async def test_looks_are_laid_over_each_other(client: httpx.AsyncClient) -> None:
    branding = {"logoUrl": "https://e.com/tenant", "favicon": "https://e.com/f"}
    await client.patch(PATH, json={"branding": branding, "customCss": "tenant"})
    own = (await client.post("/api/applications", json={"name": "A", "type": "SPA"})).json()["id"]
    third = (
        await client.post(
            "/api/applications", json={"name": "B", "type": "SPA", "isThirdParty": True}
        )
    ).json()["id"]
    look = {"branding": {"logoUrl": "https://e.com/app"}, "color": {"primaryColor": "#111"}}
    for id_ in (own, third):
        await client.put(f"/api/applications/{id_}/sign-in-experience", json=look)
    organization = {"name": "O", "branding": {"logoUrl": "https://e.com/org"}, "customCss": "org"}
    org = (await client.post("/api/organizations", json=organization)).json()["id"]

    async def shown(query: str) -> dict[str, Any]:
        answer = await client.get(f"/api/.well-known/sign-in-exp?{query}")
        assert answer.status_code == 200
        record: dict[str, Any] = answer.json()
        return record

    app_look = await shown(f"appId={own}")
    assert app_look["branding"] == {**branding, "logoUrl": "https://e.com/app"}
    assert (app_look["color"]["primaryColor"], app_look["customCss"]) == ("#111", "tenant")
    assert (await shown(f"appId={third}"))["branding"] == branding
    both = await shown(f"appId={own}&organizationId={org}")
    assert (both["branding"]["logoUrl"], both["customCss"]) == ("https://e.com/org", "org")
    assert both["color"]["primaryColor"] == "#111"
    assert (await shown("appId=nope&organizationId=nope"))["branding"] == branding


async def test_phrases_come_in_the_visitors_language(client: httpx.AsyncClient) -> None:
    await client.put("/api/custom-phrases/fr", json={"action": {"sign_in": "Entrer"}})
    await client.put("/api/custom-phrases/nl-NL", json={"action": {"sign_in": "Inloggen"}})

    async def phrases(query: str = "", header: str = "") -> tuple[str, Any]:
        headers = {"Accept-Language": header}
        answer = await client.get(f"/api/.well-known/phrases?{query}", headers=headers)
        texts = answer.json()["translation"]
        return answer.headers["Content-Language"], texts["action"]["sign_in"]

    assert await phrases("lng=xx%20fr-CA") == ("fr", "Entrer")
    assert await phrases(header="nl-NL,de;q=0.5") == ("nl-NL", "Inloggen")
    assert await phrases("locale=nl-NL", "de") == ("nl-NL", "Inloggen")
    assert (await phrases(header="de"))[0] == "de"
    bad = await client.put("/api/custom-phrases/fr", json={"action": {"sign_in": 1}})
    assert (bad.status_code, bad.json()["code"]) == (
        422,
        "localization.invalid_translation_structure",
    )


# --- settings beside it -----------------------------------------------------------------------


async def test_the_account_center(client: httpx.AsyncClient) -> None:
    default = (await client.get("/api/account-center")).json()
    changed = await client.patch(
        "/api/account-center", json={"enabled": True, "fields": {"email": "Edit"}}
    )
    unchanged = await client.patch("/api/account-center", json={})
    bad = await client.patch("/api/account-center", json={"fields": {"email": "Maybe"}})

    assert (default["enabled"], default["fields"], default["tenantId"]) == (False, {}, "default")
    assert (
        changed.json()
        == {**default, "enabled": True, "fields": {"email": "Edit"}}
        == unchanged.json()
    )
    assert said(bad) == (400, "guard.invalid_input")
    assert (await client.get("/api/.well-known/account-center")).json() == changed.json()


async def test_the_captcha_provider_keeps_its_secret_sealed(
    client: httpx.AsyncClient, app: Any
) -> None:
    path = "/api/captcha-provider"
    config = {
        "type": "RecaptchaEnterprise",
        "siteKey": "s",
        "secretKey": "s3cr3t",
        "projectId": "p",
    }

    missing = await client.get(path)
    made = await client.put(path, json={"config": config})
    masked = await client.put(
        path, json={"config": {**config, "siteKey": "t", "secretKey": "******"}}
    )

    assert said(missing) == (404, "entity.not_found")
    assert made.json() == {"tenantId": "default", "id": "default", "config": config}
    assert (
        masked.json()["config"]
        == {**config, "siteKey": "t"}
        == (await client.get(path)).json()["config"]
    )

    async def work(tx: Any) -> Any:
        return await tx.all("tenant_settings.list", tenant_id="default")

    assert "s3cr3t" not in str([dict(row) for row in await app.state.world.database.read(work)])
    for bad in ({}, {"config": {"type": "Turnstile"}}, {"config": {**config, "projectId": None}}):
        assert said(await client.put(path, json=bad)) == (400, "guard.invalid_input")
    assert (await client.delete(path)).status_code == 204
    assert said(await client.delete(path)) == (404, "entity.not_found")


async def test_id_token_and_session_settings(client: httpx.AsyncClient) -> None:
    tokens, session = "/api/configs/id-token", "/api/configs/oidc/session"

    assert said(await client.get(tokens)) == (404, "entity.not_found")
    put = await client.put(tokens, json={"enabledExtendedClaims": ["roles"]})
    assert put.json() == {"enabledExtendedClaims": ["roles"]} == (await client.get(tokens)).json()
    assert said(await client.put(tokens, json={"enabledExtendedClaims": ["x"]})) == (
        400,
        "guard.invalid_input",
    )
    assert (await client.get(session)).json() == {"ttl": 1_209_600}
    assert (await client.patch(session, json={"ttl": 3600})).json() == {"ttl": 3600}
    assert said(await client.patch(session, json={"ttl": 1})) == (400, "guard.invalid_input")


async def test_who_lets_mail_be_a_second_factor_is_told_that_it_is_weak(
    mailing: httpx.AsyncClient, settings: Settings
) -> None:
    await mailing.patch(PATH, json={"signIn": {"methods": [EMAIL_PASSWORD]}})
    before = await examine(settings, "default")

    strong = await mailing.patch(PATH, json=factors("Totp"))
    weak = await mailing.patch(PATH, json=factors("Totp", "EmailVerificationCode"))
    other = await mailing.patch(PATH, json={"signInMode": "SignIn"})

    after = await examine(settings, "default")
    words = weak.headers["Carteiro-Warning"]
    assert "weak second factor" in words
    assert "NIST SP 800-63B-4" in words
    assert (strong.status_code, weak.status_code) == (200, 200)
    assert "Carteiro-Warning" not in strong.headers
    assert "Carteiro-Warning" not in other.headers
    verdicts = [
        next((one.verdict, one.message) for one in found if one.check == "factors")
        for found in (before, after)
    ]
    assert verdicts[0][0] is Verdict.OK
    assert verdicts[1] == (Verdict.WARNING, words)
