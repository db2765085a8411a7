"""The screens of whoever has signed in: the account's pages, and the application that shows claims."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from carteiro.flows.administer.tenant.settings import update_account_center
from door_parts import GOOD_PASSWORD, TENANT, Door, method
from lead_parts import ANAS, Lead, Screen, sending
from page_parts import Reader, reader

ASKED = ("fullname", "gender", "birthdate", "website", "Favourite colour", "avatar", "name")
CENTER = {
    "enabled": True,
    "fields": {
        **dict.fromkeys(("profile", "customData", "email", "phone", "password"), "Edit"),
        **dict.fromkeys(("username", "mfa", "session"), "Edit"),
        "name": "ReadOnly",
        "avatar": "ReadOnly",
    },
    "profileFields": [{"name": name} for name in ASKED],
    "deleteAccountUrl": "https://shop.example/leave",
}
NEW = "somebody.with.a.rather.long.name@mail.example.com"
PROOF = {"form": "main form:has([name=password])", "password": GOOD_PASSWORD}
BY_MAIL = {"form": "main form:has([value=email])"}
TWO_STEPS = {
    "signIn": {"methods": [method("username", password=True)]},
    "signUp": {"identifiers": ["username"], "password": True, "verify": False},
    "forgotPasswordMethods": [],
    "mfa": {"policy": "PromptOnlyAtSignIn", "factors": ["EmailVerificationCode"]},
}
UNFIT = {"newPassword": "aaaaaaaa"}


async def enter(door: Door, browser: Reader) -> None:
    """Sign in to the account."""
    await update_account_center(door.world, TENANT, CENTER)
    await browser.get("/account")
    await sending(ANAS, {"code": "right"})(door, browser)
    assert browser.path == "/account", (browser.path, browser.text())


def inside(path: str, *forms: Mapping[str, Any]) -> Lead:
    """Sign in to the account, open a page of it and send these forms."""

    async def lead(door: Door, browser: Reader) -> None:
        await enter(door, browser)
        await browser.get(path)
        await sending(*forms)(door, browser)

    return lead


async def _signed_in_twice(door: Door, browser: Reader) -> None:
    await enter(door, reader(door, browser.origin))
    await inside("/account/sessions", PROOF)(door, browser)


async def _second_step(door: Door, browser: Reader) -> None:
    await enter(door, browser)
    await door.settings(**TWO_STEPS)
    await browser.get("/account/security?step=mfa")
    await browser.send(**PROOF)


async def _told(door: Door, browser: Reader) -> None:
    browser.stops_at = "no address"
    await browser.get("/demo-app")
    await sending(ANAS, {"code": "right"})(door, browser)


ACCOUNT: Sequence[Screen] = [
    Screen("account", inside("/account"), begins=None),
    Screen("account-saved", inside("/account", {"givenName": "Ana"}), begins=None),
    Screen("account-refused", inside("/account", {"website": "nowhere"}), begins=None),
    Screen("account-proof", inside("/account/email"), begins=None),
    Screen("account-proof-code", inside("/account/email", BY_MAIL), begins=None),
    Screen("account-email", inside("/account/email", PROOF), begins=None),
    Screen("account-email-code", inside("/account/email", PROOF, {"identifier": NEW}), begins=None),
    Screen("account-phone", inside("/account/phone", PROOF), begins=None),
    Screen("account-username", inside("/account/username", PROOF), begins=None),
    Screen("account-password", inside("/account/password", PROOF), begins=None),
    Screen("account-password-unfit", inside("/account/password", PROOF, UNFIT), begins=None),
    Screen("account-security", inside("/account/security"), begins=None),
    Screen("account-second-step", _second_step, begins=None),
    Screen("account-sessions", _signed_in_twice, begins=None),
]
DEMO_APP = Screen("demo-app", _told, begins=None)
