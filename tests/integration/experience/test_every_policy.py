"""Every policy of the second factor walked from start to end, with real mail (§2.10, details §2.10).

What is expected stands in the tables as the specification has it, policy by policy.
"""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest

import smtp_parts
from carteiro.flows.administer.mail.connectors import NewConnector, create_connector
from carteiro.flows.administer.organizations.members import add_members
from carteiro.flows.administer.organizations.organizations import create_organization
from carteiro.storage.drivers.database import Transaction
from carteiro.storage.people import users
from carteiro.testing.smtp_server import SmtpSink
from door_parts import GOOD_PASSWORD, TENANT, Browser, Door, code_of, method, proof_of

BO = "bo.silva@example.com"
FACTORS = ["EmailVerificationCode"]
BY_NAME = {
    "signIn": {"methods": [method("username", password=True)]},
    "signUp": {"identifiers": ["username"], "password": True, "verify": False},
}
POLICIES = [
    "UserControlled",
    "PromptAtSignInAndSignUp",
    "PromptOnlyAtSignIn",
    "NoPrompt",
    "Mandatory",
    "PromptAtSignInAndSignUpMandatory",
    "PromptOnlyAtSignInMandatory",
]
STRICT = POLICIES[4:]
DONE = (200, None)
SUGGEST, MISSING = (422, "user.suggest_mfa"), (422, "user.missing_mfa")
REQUIRED = (403, "session.mfa.require_mfa_verification")


@pytest.fixture
async def sink(door: Door) -> AsyncIterator[SmtpSink]:
    """The tenant's mail goes to a real SMTP server, each type under its own subject."""
    async with SmtpSink() as server:
        config = smtp_parts.config(server.port)
        config["templates"] += [
            {"usageType": kind, "contentType": "text/plain", "subject": kind, "content": "{{code}}"}
            for kind in ("MfaVerification", "BindMfa")
        ]
        new = NewConnector(connector_id="simple-mail-transfer-protocol", config=config)
        await create_connector(door.world, TENANT, new)
        yield server


def asking(policy: str, **more: Any) -> dict[str, Any]:
    """The settings of a policy; those that prompt and are mandatory come with adaptive MFA alone."""
    adaptive = policy.startswith("Prompt") and policy.endswith("Mandatory")
    return {
        "mfa": {"factors": FACTORS, "policy": policy, **more},
        "adaptiveMfa": {"enabled": adaptive},
    }


def newest(sink: SmtpSink, subject: str, to: str = BO) -> str:
    """The code of the newest mail, which is of this type and for this person."""
    mail = sink.received[-1]
    assert (mail.message["Subject"], mail.rcpt_tos) == (subject, [to])
    found = re.search(r"\d{6}", mail.message.get_content())
    assert found is not None
    return found[0]


async def person(door: Door, mfa: dict[str, Any] | None = None, **columns: Any) -> str:
    """``ana``, with what she has decided about second factors."""
    row = await door.person(GOOD_PASSWORD, username="ana", **columns)
    if mfa is not None:
        changed = replace(row, logto_config=json.dumps({"mfa": mfa}))
        await door.world.database.apply(users.updating(changed))
    return row.id


async def decided(door: Door, user_id: str) -> Any:
    async def work(tx: Transaction) -> Any:
        return await users.get(tx, TENANT, user_id)

    return json.loads((await door.world.database.read(work)).logto_config).get("mfa")


async def signing_in(door: Door) -> Browser:
    """A browser in which ana is identified by her password."""
    browser = await door.browser()
    await browser.begin()
    proof = proof_of(await browser.password(value="ana", kind="username"))
    assert (await browser.identify(proof)).status_code == 204
    return browser


async def registering(door: Door) -> Browser:
    """A browser in which somebody has just made an account by name and password."""
    browser = await door.browser()
    await browser.begin("Register")
    body = {"identifier": {"type": "username", "value": "newcomer"}, "password": GOOD_PASSWORD}
    made = await browser.call("POST", "/verification/new-password-identity", body)
    assert (await browser.identify(proof_of(made))).status_code == 201
    return browser


async def prove(browser: Browser, sink: SmtpSink) -> None:
    sent = await browser.call(
        "POST", "/verification/mfa-verification-code", {"identifierType": "email"}
    )
    code = newest(sink, "MfaVerification")
    body = {"identifierType": "email", "verificationId": proof_of(sent), "code": code}
    answer = await browser.call("POST", "/verification/mfa-verification-code/verify", body)
    assert answer.json() == sent.json()


async def bind(browser: Browser, sink: SmtpSink) -> None:
    proof = proof_of(await browser.send("Register", BO))
    await browser.verify(proof, newest(sink, "BindMfa"), BO)
    body = {"type": "EmailVerificationCode", "verificationId": proof}
    assert (await browser.call("POST", "/profile/mfa", body)).status_code == 204


async def decide(browser: Browser, what: str) -> tuple[int, str | None]:
    return code_of(await browser.call("POST", f"/profile/mfa/{what}"))


@pytest.mark.parametrize("policy", POLICIES)
async def test_whoever_has_the_factor_and_never_decided_is_asked_for_it(
    door: Door, sink: SmtpSink, policy: str
) -> None:
    await door.settings(**BY_NAME, **asking(policy))
    user_id = await person(door, primary_email=BO)
    browser = await signing_in(door)

    asked = await browser.submit()
    assert code_of(asked) == REQUIRED
    assert asked.json()["data"] == {
        "availableFactors": FACTORS,
        "maskedIdentifiers": {"EmailVerificationCode": "bo.s****@example.com"},
    }
    await prove(browser, sink)
    assert code_of(await browser.submit()) == DONE
    # Where people are asked for their wish, having it counts as one.
    wished = policy in {"UserControlled", "PromptAtSignInAndSignUp", "PromptOnlyAtSignIn"}
    assert await decided(door, user_id) == ({"enabled": True} if wished else None)


@pytest.mark.parametrize(
    ("policy", "first"),
    [
        ("UserControlled", SUGGEST),
        ("PromptAtSignInAndSignUp", SUGGEST),
        ("PromptOnlyAtSignIn", SUGGEST),
        ("NoPrompt", DONE),
        ("Mandatory", REQUIRED),
        ("PromptAtSignInAndSignUpMandatory", REQUIRED),
        ("PromptOnlyAtSignInMandatory", REQUIRED),
    ],
)
async def test_whoever_has_it_off_is_asked_only_where_nobody_may_do_without(
    door: Door, sink: SmtpSink, policy: str, first: tuple[int, str | None]
) -> None:
    await door.settings(**BY_NAME, **asking(policy))
    user_id = await person(door, {"enabled": False}, primary_email=BO)
    browser = await signing_in(door)

    assert code_of(await browser.submit()) == first
    if first == REQUIRED:
        await prove(browser, sink)
    elif first == SUGGEST:
        assert await decide(browser, "mfa-enabled") == (204, None)
    if first != DONE:
        assert code_of(await browser.submit()) == DONE
    if first == SUGGEST:
        assert await decided(door, user_id) == {"enabled": True}
        assert code_of(await (await signing_in(door)).submit()) == REQUIRED


@pytest.mark.parametrize(
    ("policy", "first"),
    [
        ("UserControlled", SUGGEST),
        ("PromptAtSignInAndSignUp", SUGGEST),
        ("PromptOnlyAtSignIn", SUGGEST),
        ("NoPrompt", DONE),
        ("Mandatory", MISSING),
        ("PromptAtSignInAndSignUpMandatory", MISSING),
        ("PromptOnlyAtSignInMandatory", MISSING),
    ],
)
async def test_whoever_lacks_it_sets_it_up_at_sign_in(
    door: Door, sink: SmtpSink, policy: str, first: tuple[int, str | None]
) -> None:
    await door.settings(**BY_NAME, **asking(policy))
    user_id = await person(door)
    browser = await signing_in(door)

    answer = await browser.submit()
    assert code_of(answer) == first
    if first == DONE:
        return
    if first == SUGGEST:
        assert "data" not in answer.json()
        await decide(browser, "mfa-enabled")
        answer = await browser.submit()
    skippable = {} if policy in STRICT else {"skippable": True}
    assert code_of(answer) == MISSING
    assert answer.json()["data"] == {"availableFactors": FACTORS, **skippable}
    await bind(browser, sink)
    assert code_of(await browser.submit()) == DONE
    assert await decided(door, user_id) == {"enabled": True}
    again = await signing_in(door)
    assert code_of(await again.submit()) == REQUIRED
    await prove(again, sink)
    assert code_of(await again.submit()) == DONE


@pytest.mark.parametrize("policy", POLICIES)
async def test_who_may_skip_is_not_asked_again_and_who_may_not_is_told(
    door: Door, sink: SmtpSink, policy: str
) -> None:
    await door.settings(**BY_NAME, **asking(policy))
    user_id = await person(door)
    browser = await signing_in(door)

    skipped = await decide(browser, "mfa-skipped")

    if policy in STRICT:
        assert skipped == (422, "session.mfa.mfa_policy_not_user_controlled")
        assert code_of(await browser.submit()) == MISSING
        return
    assert skipped == (204, None)
    assert code_of(await browser.submit()) == DONE
    assert await decided(door, user_id) == {"skipped": True}
    assert code_of(await (await signing_in(door)).submit()) == DONE
    assert sink.received == []


@pytest.mark.parametrize(
    ("policy", "first"),
    [
        ("UserControlled", SUGGEST),
        ("PromptAtSignInAndSignUp", SUGGEST),
        ("PromptOnlyAtSignIn", DONE),
        ("NoPrompt", DONE),
        ("Mandatory", MISSING),
        ("PromptAtSignInAndSignUpMandatory", MISSING),
        ("PromptOnlyAtSignInMandatory", DONE),
    ],
)
async def test_what_is_asked_while_registering(
    door: Door, sink: SmtpSink, policy: str, first: tuple[int, str | None]
) -> None:
    await door.settings(**BY_NAME, **asking(policy))
    browser = await registering(door)
    user_id = (await browser.record())["userId"]

    assert code_of(await browser.submit()) == first
    if first == DONE:
        assert await decided(door, user_id) == {"enabled": False}
        return
    await bind(browser, sink)
    assert code_of(await browser.submit()) == DONE
    assert await decided(door, user_id) == {"enabled": True}


@pytest.mark.parametrize("policy", POLICIES)
async def test_an_organization_that_wants_one_overrules_every_policy_at_sign_in(
    door: Door, sink: SmtpSink, policy: str
) -> None:
    given = asking(policy, organizationRequiredMfaPolicy="Mandatory")
    await door.settings(**BY_NAME, **given)
    user_id = await person(door, {"enabled": False, "skipped": True})
    made = await create_organization(door.world, TENANT, {"name": "Org", "is_mfa_required": True})
    await add_members(door.world, TENANT, made.id, [user_id])
    browser = await signing_in(door)

    answer = await browser.submit()
    assert code_of(answer) == MISSING
    assert answer.json()["data"] == {"availableFactors": FACTORS}
    assert await decide(browser, "mfa-skipped") == (
        422,
        "session.mfa.mfa_policy_not_user_controlled",
    )
    await bind(browser, sink)
    assert code_of(await browser.submit()) == DONE
    assert (await decided(door, user_id))["enabled"] is True
    assert code_of(await (await signing_in(door)).submit()) == REQUIRED


@pytest.mark.parametrize("policy", ["UserControlled", "Mandatory"])
async def test_an_organizations_wish_counts_only_where_the_tenant_lets_it(
    door: Door, sink: SmtpSink, policy: str
) -> None:
    await door.settings(**BY_NAME, **asking(policy))
    user_id = await person(door, {"enabled": False, "skipped": True})
    made = await create_organization(door.world, TENANT, {"name": "Org", "is_mfa_required": True})
    await add_members(door.world, TENANT, made.id, [user_id])

    answer = await (await signing_in(door)).submit()

    assert code_of(answer) == (MISSING if policy == "Mandatory" else DONE)
    assert sink.received == []


@pytest.mark.parametrize("policy", ["UserControlled", "Mandatory"])
async def test_a_mailbox_that_people_register_with_gets_another_factor_suggested(
    door: Door, sink: SmtpSink, policy: str
) -> None:
    by_mail = {
        "signIn": {"methods": [method("email", password=True)]},
        "signUp": {"identifiers": ["email"], "password": True, "verify": True},
    }
    await door.settings(**by_mail, mfa={"factors": ["Totp", *FACTORS], "policy": policy})
    await door.person(GOOD_PASSWORD, primary_email=BO)
    browser = await door.browser()
    await browser.begin()
    await browser.identify(proof_of(await browser.password(value=BO)))
    await prove(browser, sink)

    suggested = await browser.submit()
    assert code_of(suggested) == (422, "session.mfa.suggest_additional_mfa")
    assert suggested.json()["data"] == {
        "availableFactors": ["Totp", *FACTORS],
        "maskedIdentifiers": {"EmailVerificationCode": "bo.s****@example.com"},
        "isWebAuthnUsedAsSignInPasskey": False,
        "skippable": True,
        "suggestion": True,
    }
    assert await decide(browser, "mfa-suggestion-skipped") == (204, None)
    assert code_of(await browser.submit()) == DONE
    again = await door.browser()
    await again.begin()
    await again.identify(proof_of(await again.password(value=BO)))
    await prove(again, sink)
    assert code_of(await again.submit()) == DONE
