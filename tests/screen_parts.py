"""Every screen of the hosted pages, and how somebody comes to stand before it.

`SCREENS` is what axe looks at, what pictures are taken of (`make screens`) and what a hostile name is
shown on: a screen is one line of it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from playwright.async_api import Page

from account_screen_parts import ACCOUNT, DEMO_APP
from carteiro.errors import DeliveryFailed
from carteiro.flows.administer.organizations.organizations import create_organization
from carteiro.flows.administer.tenant.settings import put_captcha_provider
from carteiro.flows.backend.invite import NewInvitation, create_invitation
from door_parts import ANA, BY_CODE, GOOD_PASSWORD, HOUR, TENANT, Door, method
from lead_parts import ANAS, Screen, opening, sending, stay
from organization_parts import allow
from page_parts import Reader, reader
from sign_in_parts import BACK, make_client

OTHERS = "beans"
FORGETFUL = "eve@example.com"
NOBODY = "somebody.with.a.rather.long.name@mail.example.com"
_DAY = 86_400
_LINKS = {
    "termsOfUseUrl": "https://shop.example/terms",
    "privacyPolicyUrl": "https://shop.example/privacy",
}
BASE: Mapping[str, Any] = {
    **BY_CODE,
    "signInMode": "SignInAndRegister",
    "forgotPasswordMethods": ["EmailVerificationCode"],
    "passwordExpiration": {"enabled": False},
    "agreeToTermsPolicy": "Automatic",
    "captchaPolicy": {"enabled": False},
    "signUpProfileFields": None,
    "mfa": {"policy": "UserControlled", "factors": []},
    "supportEmail": "help@shop.example",
    "color": {
        "primaryColor": "#0b57d0",
        "isDarkModeEnabled": True,
        "darkPrimaryColor": "#a8c7fa",
    },
    **_LINKS,
}
"""What holds where a screen says nothing else."""
BOTH = {"signIn": {"methods": [method("email", password=True, code=True)]}}
BY_NAME = {
    "signIn": {"methods": [method("username", password=True), method("email", password=True)]},
    "signUp": {"identifiers": ["username"], "password": True, "verify": False},
    "forgotPasswordMethods": [],
}
EXPIRING = {**BOTH, "passwordExpiration": {"enabled": True, "validPeriodDays": 1}}
SECOND = {"mfa": {"policy": "Mandatory", "factors": ["EmailVerificationCode"]}}
SEVERAL = {
    "mfa": {"policy": "Mandatory", "factors": ["EmailVerificationCode", "PhoneVerificationCode"]}
}
OFFERED = {
    "mfa": {"policy": "PromptAtSignInAndSignUp", "factors": ["EmailVerificationCode"]},
}
WITH_ADDRESS = {
    **BY_NAME,
    "signUp": {
        "identifiers": ["username"],
        "secondaryIdentifiers": [{"identifier": "email", "verify": True}],
        "password": True,
        "verify": False,
    },
}
WITH_NAME = {"signUp": {"identifiers": ["email", "username"], "password": False, "verify": True}}
WITH_PASSWORD = {"signUp": {"identifiers": ["email"], "password": True, "verify": True}}
BY_HAND = {"agreeToTermsPolicy": "Manual"}
WITH_MORE = {
    "signUpProfileFields": [
        {"name": name} for name in ("fullname", "gender", "birthdate", "Favourite colour")
    ]
}


async def _unsent(door: Door, browser: Reader) -> None:
    (await door.outbox()).failures.append(DeliveryFailed("down"))
    await browser.send(identifier=ANA)


async def _sent_again(door: Door, browser: Reader) -> None:
    await browser.send(identifier=ANA)
    door.clock.advance(61)
    await browser.get(browser.path)
    await browser.send(form=".resend")


async def _expired(door: Door, browser: Reader) -> None:
    door.clock.advance(2 * _DAY)
    await browser.begin()
    await browser.send(identifier=ANA)
    await browser.send(password=GOOD_PASSWORD)


async def _by_link(door: Door, browser: Reader) -> None:
    await browser.begin(one_time_token=await door.link(), login_hint=ANA)


async def _by_used_link(_door: Door, browser: Reader) -> None:
    await browser.begin(one_time_token="used", login_hint=ANA)
    await browser.send()


async def _by_anothers_link(door: Door, browser: Reader) -> None:
    await sending(ANAS, {"code": "right"})(door, browser)
    to = NOBODY
    await browser.begin(one_time_token=await door.link(to), login_hint=to, prompt="consent")


async def _asked_by_others(door: Door, browser: Reader) -> None:
    asked = {"client_id": OTHERS, "redirect_uri": BACK, "scope": "openid email"}
    await browser.begin(**asked, prompt="consent")
    await sending(ANAS, {"code": "right"})(door, browser)


async def _invited(door: Door, browser: Reader) -> None:
    to = browser.asked.get("organization_id")
    if to is None:
        to = (await create_organization(door.world, TENANT, {"name": "Your name here"})).id
    expires_at = door.clock.now() + HOUR
    new = NewInvitation(invitee=ANA, organization_id=to, expires_at=expires_at)
    made = await create_invitation(door.world, TENANT, new)
    await browser.get(f"/invitation/{made.row.id}")


async def _by_people_only(door: Door, browser: Reader) -> None:
    asks = {"type": "Turnstile", "siteKey": "0x1", "secretKey": "secret"}
    await put_captcha_provider(door.world, TENANT, asks)
    await door.settings(captchaPolicy={"enabled": True})
    await browser.begin()


ANAS_PASSWORD = {"identifier": "ana", "password": GOOD_PASSWORD}
CLEOS_PASSWORD = {"identifier": "cleo", "password": GOOD_PASSWORD}
A_NEW_PASSWORD = {"newPassword": GOOD_PASSWORD, "confirmPassword": GOOD_PASSWORD}
RESET = {"first_screen": "reset_password"}
REGISTER = {"first_screen": "register"}

SCREENS: Sequence[Screen] = [
    Screen("sign-in", stay),
    Screen("sign-in-no-address", sending({"identifier": "ana"})),
    Screen("sign-in-misspelt", sending({"identifier": "ana@gmial.com"})),
    Screen("sign-in-by-password", stay, BY_NAME),
    Screen(
        "sign-in-refused", sending({"identifier": "ana", "password": "wrong-Password-1"}), BY_NAME
    ),
    Screen("sign-in-mail-not-sent", _unsent, BOTH | {"signIn": BY_CODE["signIn"]}),
    Screen("sign-in-closed", stay, {"signIn": {"methods": []}, "signInMode": "SignIn"}),
    Screen("password", sending(ANAS), BOTH),
    Screen("password-expired", _expired, EXPIRING),
    Screen("methods", opening("/sign-in/verification-methods?app_id=demo-app", ANAS), BOTH),
    Screen("code", sending(ANAS)),
    Screen("code-wrong", sending(ANAS, {"code": "wrong"})),
    Screen("code-sent-again", _sent_again),
    Screen("no-account-yet", sending({"identifier": NOBODY}, {"code": "right"})),
    Screen("identifier-sign-in", stay, begins={"first_screen": "identifier:sign_in"}),
    Screen("register", stay, begins=REGISTER),
    Screen("register-terms", sending({"identifier": "?"}), BY_HAND, begins=REGISTER),
    Screen("register-code", sending({"identifier": NOBODY}), begins=REGISTER),
    Screen("register-has-account", sending(ANAS, {"code": "right"}), begins=REGISTER),
    Screen("register-password", sending({"identifier": "bob"}), BY_NAME, begins=REGISTER),
    Screen(
        "register-password-unfit",
        sending({"identifier": "bob"}, {"newPassword": "aaaaaaaa", "confirmPassword": "aaaaaaaa"}),
        BY_NAME,
        begins=REGISTER,
    ),
    Screen("forgot-password", stay, BOTH, begins=RESET),
    Screen("forgot-password-code", sending(ANAS), BOTH, begins=RESET),
    Screen("new-password", sending(ANAS, {"code": "right"}), BOTH, begins=RESET),
    Screen(
        "password-changed",
        sending(
            {"identifier": FORGETFUL}, {"code": "right"}, {"newPassword": "another-Horse8-battery"}
        ),
        BOTH,
        begins=RESET,
    ),
    Screen("missing-email", sending(CLEOS_PASSWORD), WITH_ADDRESS),
    Screen("missing-email-code", sending(CLEOS_PASSWORD, {"identifier": NOBODY}), WITH_ADDRESS),
    Screen(
        "missing-password",
        sending({"identifier": NOBODY}, {"code": "right"}),
        WITH_PASSWORD,
        begins=REGISTER,
    ),
    Screen(
        "missing-username",
        sending({"identifier": NOBODY}, {"code": "right"}),
        WITH_NAME,
        begins=REGISTER,
    ),
    Screen(
        "extra-profile",
        sending({"identifier": NOBODY}, {"code": "right"}),
        WITH_MORE,
        begins=REGISTER,
    ),
    Screen("second-step", sending(ANAS_PASSWORD), BY_NAME | SECOND),
    Screen("second-step-code", sending(ANAS_PASSWORD, {}), BY_NAME | SECOND),
    Screen("second-step-choice", sending(CLEOS_PASSWORD), BY_NAME | SEVERAL),
    Screen("second-step-set-up", sending(CLEOS_PASSWORD), BY_NAME | SECOND),
    Screen(
        "second-step-offered",
        sending({"identifier": "dora"}, A_NEW_PASSWORD),
        BY_NAME | OFFERED,
        begins=REGISTER,
    ),
    Screen("magic-link", _by_link, begins=None),
    Screen("magic-link-used", _by_used_link, begins=None),
    Screen("switch-account", _by_anothers_link),
    Screen("consent", _asked_by_others, begins=None),
    Screen("invitation", _invited, begins=None),
    Screen("captcha", _by_people_only, begins=None),
    Screen("preview", opening("/sign-in?preview=true"), begins=None),
    DEMO_APP,
    *ACCOUNT,
    Screen("signed-out", opening("/oidc/session/end/success"), begins=None),
    Screen("way-is-over", opening("/unknown-session"), begins=None),
    Screen("account-suspended", opening("/account-suspended"), begins=None),
    Screen("no-such-page", opening("/nowhere"), begins=None),
]
"""Every screen there is: what is missing here is looked at by nobody."""


AT: Mapping[str, str] = {
    "sign-in": "/sign-in?",
    "sign-in-no-address": "/sign-in?",
    "sign-in-misspelt": "/sign-in?",
    "sign-in-by-password": "/sign-in?",
    "sign-in-refused": "/sign-in?",
    "sign-in-mail-not-sent": "/sign-in?",
    "sign-in-closed": "/sign-in?",
    "password": "/sign-in/password?",
    "password-expired": "/sign-in/password?",
    "methods": "/sign-in/verification-methods?",
    "code": "/sign-in/verification-code?",
    "code-wrong": "/sign-in/verification-code?",
    "code-sent-again": "/sign-in/verification-code?",
    "no-account-yet": "/sign-in/verification-code?",
    "identifier-sign-in": "/identifier-sign-in?",
    "register": "/register?",
    "register-terms": "/register?",
    "register-code": "/register/verification-code?",
    "register-has-account": "/register/verification-code?",
    "register-password": "/register/password?",
    "register-password-unfit": "/register/password?",
    "forgot-password": "/reset-password?",
    "forgot-password-code": "/forgot-password/verification-code?",
    "new-password": "/forgot-password/reset?",
    "password-changed": "/sign-in?",
    "missing-email": "/continue/email?",
    "missing-email-code": "/continue/verification-code?",
    "missing-username": "/continue/username?",
    "missing-password": "/continue/password?",
    "extra-profile": "/continue/extra-profile?",
    "second-step": "/mfa-verification/EmailVerificationCode?",
    "second-step-code": "/mfa-verification/EmailVerificationCode?",
    "second-step-choice": "/mfa-binding?",
    "second-step-set-up": "/mfa-binding/EmailVerificationCode?",
    "second-step-offered": "/mfa-onboarding?",
    "magic-link": "/one-time-token?",
    "magic-link-used": "/one-time-token/error?",
    "switch-account": "/switch-account?",
    "consent": "/consent?",
    "invitation": "/invitation/",
    "signed-out": "/oidc/session/end/success",
    "way-is-over": "/unknown-session",
    "account-suspended": "/account-suspended",
    "no-such-page": "/nowhere",
    "captcha": "/sign-in?",
    "preview": "/sign-in?preview=true",
    "demo-app": "/demo-app",
    "account": "/account",
    "account-saved": "/account",
    "account-refused": "/account",
    "account-proof": "/account/email",
    "account-proof-code": "/account/email",
    "account-email": "/account/email",
    "account-email-code": "/account/email",
    "account-phone": "/account/phone",
    "account-username": "/account/username",
    "account-password": "/account/password",
    "account-password-unfit": "/account/password",
    "account-security": "/account/security",
    "account-second-step": "/account/security",
    "account-sessions": "/account/sessions",
}
"""How the address of a screen begins: whoever is led astray looks at another one."""


async def furnish(door: Door) -> None:
    """Ana, who has everything, Cleo, who has no address, and somebody else's application.

    One more person has a password of theirs, which a screen may change.
    """
    await door.person(GOOD_PASSWORD, primary_email=ANA, username="ana")
    await door.person(GOOD_PASSWORD, primary_email=FORGETFUL)
    await door.person(GOOD_PASSWORD, username="cleo")
    await make_client(door.world, OTHERS, type="SPA", third_party=True)
    await allow(door.world, OTHERS, user=["email"])


@dataclass(slots=True)
class Guide:
    """Leads people to one screen after another; they speak one language."""

    door: Door
    base: str
    language: str
    asked: dict[str, Any] = field(default_factory=dict)
    """What every request of the application says."""
    _furnished: bool = False

    async def to(self, screen: Screen) -> Reader:
        """Stand before a screen, in a browser of one's own without script."""
        if not self._furnished:
            await furnish(self.door)
            self._furnished = True
        # So long that no count of mails or wrong codes goes over from one screen to the next.
        self.door.clock.advance(_DAY // 2)
        await self.door.settings(**{**BASE, **screen.settings})
        browser = reader(self.door, self.base)
        browser.headers["accept-language"] = self.language
        browser.asked = {**self.asked, "ui_locales": self.language}
        if screen.begins is not None:
            await browser.begin(**screen.begins)
        await screen.lead(self.door, browser)
        if screen.name in AT:
            assert browser.path.startswith(AT[screen.name]), (screen.name, browser.path)
        return browser

    async def show(self, screen: Screen, page: Page) -> Reader:
        """The same, in a browser that speaks this language, too."""
        browser = await self.to(screen)
        cookies = browser.http.cookies.jar
        await page.context.clear_cookies()
        await page.context.add_cookies(
            [{"name": one.name, "value": one.value or "", "url": self.base} for one in cookies]
        )
        await page.goto(f"{self.base}{browser.path}")
        return browser


def named(name: str) -> Screen:
    """The screen of this name."""
    return next(screen for screen in SCREENS if screen.name == name)
