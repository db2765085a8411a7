"""What others hear of the door: mails in the person's language, webhooks, the audit log."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import pytest

from carteiro.errors import DeliveryFailed, Disposition
from carteiro.flows.administer.access.applications import create_application
from carteiro.flows.administer.mail.connectors import NewConnector, create_connector
from carteiro.flows.administer.mail.templates import Draft, put_templates
from carteiro.flows.administer.organizations.organizations import (
    create_organization,
    set_domains,
)
from carteiro.flows.administer.people.users import NewUser, create_user
from carteiro.flows.administer.tenant.settings import update_delivery
from carteiro.model.kinds import TemplateType
from carteiro.testing.smtp_server import SmtpSink
from door_parts import (
    ANA,
    GOOD_PASSWORD,
    TENANT,
    Browser,
    Door,
    by_link,
    code_of,
    method,
    proof_of,
    proven,
    wrong,
)
from smtp_parts import config as smtp_config

SECRETS = ("passwordEncrypted", "$argon2", GOOD_PASSWORD)
WORDS = {
    "en": "Your code for {{application.name}}: {{code}}",
    "pt-PT": "O seu código para {{application.name}}: {{code}}",
    "ja": "{{application.name}} のコード: {{code}}",
}


async def register(door: Door, browser: Browser, to: str = ANA) -> None:
    await browser.begin("Register")
    assert (await browser.identify(await proven(door, browser, "Register", to))).status_code == 201
    assert (await browser.submit()).status_code == 200


@pytest.mark.parametrize(
    ("params", "accepts", "subject", "spoken", "reason"),
    [
        ({}, "ja", "Live Preview のコード: ", "ja", "accept_language"),
        (
            {"ui_locales": "xx pt-PT"},
            "ja",
            "O seu código para Live Preview: ",
            "pt-PT",
            "ui_locales",
        ),
        ({}, None, "Your code for Live Preview: ", "en", "fallback"),
    ],
    ids=["browser", "application", "nobody"],
)
async def test_a_mail_is_in_the_language_that_was_decided_once(
    door: Door,
    params: dict[str, str],
    accepts: str | None,
    subject: str,
    spoken: str,
    reason: str,
) -> None:
    drafts = [
        Draft(
            template_type=TemplateType.SIGN_IN,
            language_tag=tag,
            details={"subject": text, "content": text, "contentType": "text/plain"},
        )
        for tag, text in WORDS.items()
    ]
    await put_templates(door.world, TENANT, drafts)
    await door.listen("PostSignIn")
    await door.person(primary_email=ANA)
    async with SmtpSink() as sink:
        connector = NewConnector(
            connector_id="simple-mail-transfer-protocol", config=smtp_config(sink.port)
        )
        await create_connector(door.world, TENANT, connector)
        browser = await door.browser(params=params)
        browser.headers = {"Accept-Language": accepts} if accepts else {}
        await browser.begin()
        browser.headers = {"Accept-Language": "de"}
        proof = proof_of(await browser.send())

        (mail,) = sink.received
        title = mail.message["subject"]
        assert title.startswith(subject)
        await browser.verify(proof, title[-6:])
        await browser.identify(proof)
        assert (await browser.submit()).status_code == 200

    (told,) = await door.told()
    (created,) = await door.logged("Interaction.SignIn.Create")
    assert told["locale"] == spoken
    assert (created["language"]["tag"], created["language"]["reason"]) == (spoken, reason)


async def test_a_mail_speaks_of_what_the_request_names_and_not_of_the_cookie(door: Door) -> None:
    app = await create_application(door.world, TENANT, name="Shop", is_admin=False)
    organization = await create_organization(door.world, TENANT, {"name": "Org"})
    params = {"organization_id": organization.id, "ui_locales": "pt-BR fr"}
    browser = await door.browser(client_id=app.id, params=params)
    browser.client.cookies["_logto"] = json.dumps({"appId": "demo-app", "uiLocales": "ja"})
    await browser.begin("Register")

    await browser.send("Register")

    (mail,) = await door.mails()
    assert mail.payload["application"] == {"id": app.id, "name": "Shop"}
    assert mail.payload["organization"]["name"] == "Org"
    assert (mail.payload["locale"], mail.payload["uiLocales"]) == ("pt-BR", "pt-BR fr")
    assert "user" not in mail.payload
    assert mail.ip == "127.0.0.1"
    gone = await door.browser(params={"organization_id": "nothing"})
    await gone.begin("Register")
    await gone.send("Register", "bo@example.com")
    assert not {"application", "organization"} & (await door.mails())[-1].payload.keys()


async def test_hooks_hear_of_a_registration_and_of_a_sign_in(door: Door) -> None:
    await door.listen("PostRegister", "PostSignIn", "User.Created", "User.Data.Updated")
    browser = await door.browser()

    await register(door, browser)
    known = await door.browser()
    await known.begin()
    await known.identify(await proven(door, known))
    await known.submit()

    told = {one["event"]: one for one in await door.told()}
    assert set(told) == {"PostRegister", "PostSignIn", "User.Created"}
    ended = told["PostRegister"]
    assert ended["interactionEvent"] == "Register"
    assert (ended["sessionId"], ended["userIp"]) == (browser.uid, "127.0.0.1")
    assert ended["user"]["primaryEmail"] == ANA
    assert ended["userId"] == ended["user"]["id"]
    assert not {"application", "hasPassword", "path"} & {*ended, *ended["user"]}
    made = told["User.Created"]
    assert (made["applicationId"], made["ip"]) == ("demo-app", "127.0.0.1")
    assert made["data"]["hasPassword"] is False


async def test_hooks_hear_of_a_reset_and_of_nothing_that_failed(door: Door) -> None:
    await door.settings(
        signIn={"methods": [method("email", password=True, code=True)]},
        forgotPasswordMethods=["EmailVerificationCode"],
    )
    await door.listen("PostResetPassword", "User.Data.Updated")
    await door.person(primary_email=ANA)
    browser = await door.browser()
    await browser.begin("ForgotPassword")
    await browser.identify(await proven(door, browser, "ForgotPassword"))
    await browser.submit()
    assert await door.told() == []

    await browser.call("PUT", "/profile/password", {"password": GOOD_PASSWORD})
    await browser.submit()

    told = {one["event"]: one for one in await door.told()}
    assert set(told) == {"PostResetPassword", "User.Data.Updated"}
    assert told["User.Data.Updated"]["data"]["hasPassword"] is True
    assert not [word for word in SECRETS if word in json.dumps([*told.values()])]


async def test_people_join_organizations_by_domain_and_by_link(door: Door) -> None:
    await door.listen("Organization.Membership.Updated")
    by_domain = await create_organization(door.world, TENANT, {"name": "A"})
    by_name = await create_organization(door.world, TENANT, {"name": "B"})
    await set_domains(door.world, TENANT, by_domain.id, ["example.com"], replacing=False)

    newcomer = await door.browser()
    await register(door, newcomer)
    browser = await by_link(door, jitOrganizationIds=[by_name.id, "gone"])
    assert (await browser.submit()).status_code == 200

    told = await door.told()
    assert [one["organizationId"] for one in told] == [by_domain.id, by_name.id]
    account = (await browser.record())["userId"]
    assert [one["addedUserIds"] for one in told] == [[account]] * 2


async def test_every_step_is_on_record_without_anything_secret(door: Door) -> None:
    await door.settings(signIn={"methods": [method("email", password=True, code=True)]})
    browser = await door.browser()
    await register(door, browser)
    again = await door.browser()
    await again.begin()
    await again.password("wrong-Passw0rd")
    proof = proof_of(await again.send())
    code = await door.code()
    await again.verify(proof, wrong(code))

    entries = await door.logged()

    keys = [entry["key"].removeprefix("Interaction.") for entry in entries]
    assert sorted(keys) == [
        "Register.Create",
        "Register.Identifier.Submit",
        "Register.Submit",
        "Register.Verification.EmailVerificationCode.Create",
        "Register.Verification.EmailVerificationCode.Submit",
        "SignIn.Create",
        "SignIn.Verification.EmailVerificationCode.Create",
        "SignIn.Verification.EmailVerificationCode.Submit",
        "SignIn.Verification.Password.Submit",
    ]
    assert {entry["applicationId"] for entry in entries} == {"demo-app"}
    (made,) = [entry for entry in entries if "user" in entry]
    assert made["user"]["primaryEmail"] == ANA
    assert made["interaction"]["userId"] == made["userId"]
    refused = {entry["error"]["code"] for entry in entries if entry["result"] == "Error"}
    assert refused == {"session.invalid_credentials", "verification_code.code_mismatch"}
    text = json.dumps(entries)
    codes = [mail.payload["code"] for mail in await door.mails()]
    assert not [word for word in (*SECRETS, *codes, wrong(code), "wrong-P") if word in text]


async def test_known_and_unknown_addresses_are_answered_alike(door: Door) -> None:
    await door.settings(
        signIn={"methods": [method("email", password=True, code=True)]},
        signInMode="SignIn",
        forgotPasswordMethods=["EmailVerificationCode"],
    )
    await door.person(GOOD_PASSWORD, primary_email=ANA)
    answers: dict[str, list[Any]] = {}

    for to in (ANA, "nobody@example.com"):
        for event in ("SignIn", "ForgotPassword"):
            browser = await door.browser()
            await browser.begin(event)
            sent = await browser.send(event, to)
            proof = proof_of(sent)
            tried = await browser.verify(proof, "000000", to)
            refused = await browser.password("wrong", to)
            for answer in (sent, tried, refused):
                headers = {*answer.headers} - {"retry-after"}
                body = answer.text.replace(proof, "")
                seen = (answer.status_code, body, sorted(headers))
                answers.setdefault(to, []).append(seen)

    assert answers[ANA] == answers["nobody@example.com"]
    assert {str(mail.to) for mail in await door.mails()} == {ANA}


async def test_a_password_that_is_compared_in_no_time_takes_as_long_as_ours(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    await door.settings(signIn={"methods": [method("email", password=True, code=True)]})
    digest = hashlib.sha256(GOOD_PASSWORD.encode()).hexdigest()
    new = NewUser(primary_email=ANA, password_encrypted=digest, password_encryption_method="SHA256")
    await create_user(door.world, TENANT, new)
    compared: list[Any] = []
    verify = door.world.passwords.verify

    async def watched(stored: Any, password: str) -> bool:
        compared.append(stored)
        return await verify(stored, password)

    monkeypatch.setattr(door.world.passwords, "verify", watched)
    browser = await door.browser()
    await browser.begin()

    refused = await browser.password("wrong")

    assert code_of(refused) == (422, "session.invalid_credentials")
    assert None in compared
    assert len(compared) == 2
    assert (await browser.password()).status_code == 200
    compared.clear()
    assert (await browser.password()).status_code == 200
    assert [one.algorithm for one in compared] == ["Argon2id"]


async def test_queued_mail_is_answered_when_it_is_committed(door: Door) -> None:
    await update_delivery(door.world, TENANT, {"mode": "queued"})
    browser = await door.browser()
    await browser.begin("Register")

    first, second = await browser.send("Register"), await browser.send("Register")

    assert (first.status_code, second.status_code) == (200, 200)
    assert await door.mails() == []


async def test_a_mail_that_fails_leaves_the_code_before_it_good(door: Door) -> None:
    browser = await door.browser()
    await browser.begin("Register")
    proof = proof_of(await browser.send("Register"))
    code = await door.code()
    outbox = await door.outbox()
    outbox.failures.append(DeliveryFailed("no", disposition=Disposition.PERMANENT))

    failed = await browser.send("Register")
    answer = await browser.verify(proof, code)

    assert (failed.status_code, failed.json()["code"]) == (400, "connector.general")
    assert code_of(answer) == (200, None)
