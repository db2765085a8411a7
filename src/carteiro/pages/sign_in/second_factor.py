"""`/mfa-verification`, `/mfa-binding` and `/mfa-onboarding`: the second step by mail or phone."""

from __future__ import annotations

from starlette.responses import Response
from starlette.routing import Route

from carteiro.experience.settings import Factor
from carteiro.flows.sign_in.door.guests import Guest
from carteiro.flows.sign_in.screens import codes, complete, paths
from carteiro.flows.sign_in.screens import second_factor as steps
from carteiro.flows.sign_in.screens.identifiers import LABELS
from carteiro.flows.sign_in.screens.once import Went
from carteiro.flows.sign_in.screens.shown import Shown
from carteiro.pages.forms import Form
from carteiro.pages.sign_in.beginning import KEYBOARDS
from carteiro.pages.sign_in.calls import Call, screen
from carteiro.pages.sign_in.verification_code import typed_in

_BOX = "mfaCode"
_NAMES = {
    Factor.EMAIL_CODE: "email_verification_code",
    Factor.PHONE_CODE: "phone_verification_code",
}
_BIND = {
    Factor.EMAIL_CODE: "mfa.link_email_2fa_description",
    Factor.PHONE_CODE: "mfa.link_phone_2fa_description",
}
_TITLES = {Factor.EMAIL_CODE: "description.link_email", Factor.PHONE_CODE: "description.link_phone"}
_SEND = {Factor.EMAIL_CODE: "mfa.send_to_email", Factor.PHONE_CODE: "mfa.send_to_phone"}


async def get_verification(call: Call) -> Response:
    """By which factor?"""
    if not steps.asked(call.shown):
        return call.go(paths.SIGN_IN)
    return call.page(
        "sign_in/factors.html",
        title="mfa.verify_mfa_factors",
        lead="mfa.verify_mfa_description",
        factors=_listed(call, steps.offered(call.shown), paths.MFA_VERIFICATION, "verify"),
        weak=False,
        skippable=False,
    )


def _verification(factor: Factor) -> list[Route]:
    """The page where a factor's code is typed."""
    path = steps.page_of(paths.MFA_VERIFICATION, factor)

    async def get(call: Call) -> Response:
        shown = call.shown
        if factor not in steps.offered(shown):
            return call.go(paths.SIGN_IN)
        others = len(steps.offered(shown)) > 1
        return call.page(
            "sign_in/second_code.html",
            scripts=["code.js"],
            title=f"mfa.enter_{_NAMES[factor]}",
            send=_SEND[factor],
            target=steps.mask_of(shown, factor),
            sent=steps.under_way(shown, factor) is not None,
            box=_BOX,
            digits=codes.boxes_for(shown.workspace.code_policy),
            wait=codes.wait_for(shown),
            others=paths.MFA_VERIFICATION if others else None,
        )

    async def post(guest: Guest, shown: Shown, form: Form) -> Went:
        if "resend" in form:
            return await steps.send(guest, shown, factor)
        return await steps.typed_second_code(guest, shown, factor, typed_in(form, _BOX))

    return screen(path, get, post)


async def get_binding(call: Call) -> Response:
    """Which factor is set up?"""
    found = steps.asked(call.shown)
    if not found:
        return call.go(paths.SIGN_IN)
    another = "another_" if found.get("suggestion") else ""
    return call.page(
        "sign_in/factors.html",
        title="mfa.add_another_mfa_factor" if another else "mfa.add_mfa_factors",
        lead=f"mfa.add_{another}mfa_description",
        factors=_listed(call, steps.to_bind(call.shown), paths.MFA_BINDING, "link"),
        weak=True,
        skippable=bool(found.get("skippable")),
    )


async def post_binding(guest: Guest, shown: Shown, _form: Form) -> Went:
    """The person does without, where they may."""
    return await steps.decide(guest, shown, wants=False, here=paths.MFA_BINDING)


def _binding(factor: Factor) -> list[Route]:
    """The page where the address of a factor is given."""
    path, kind = steps.page_of(paths.MFA_BINDING, factor), steps.OURS[factor]

    async def get(call: Call) -> Response:
        shown = call.shown
        if factor not in steps.to_bind(shown):
            return call.go(paths.SIGN_IN)
        state = shown.state
        return call.page(
            "sign_in/missing.html",
            title=_TITLES[factor],
            lead=_BIND[factor],
            label=shown.spoken.say(LABELS[kind]),
            keyboard=KEYBOARDS[kind],
            typed=state.typed if state.screen == path else "",
            weak=True,
            skips=paths.MFA_BINDING if steps.asked(shown).get("skippable") else None,
        )

    async def post(guest: Guest, shown: Shown, form: Form) -> Went:
        typed = form.get("identifier", "")
        return await complete.give_factor(guest, shown, typed, kind=kind, here=path)

    return screen(path, get, post)


async def get_onboarding(call: Call) -> Response:
    """Does the person want a second step?"""
    if not complete.may_add(call.shown):
        return call.go(paths.SIGN_IN)
    return call.page(
        "sign_in/mfa_onboarding.html", weak=set(steps.OURS) >= set(call.shown.settings.factors)
    )


async def post_onboarding(guest: Guest, shown: Shown, form: Form) -> Went:
    """They do, or not."""
    wants = form.get("answer") == "enable"
    return await steps.decide(guest, shown, wants=wants, here=paths.MFA_ONBOARDING)


def _listed(call: Call, factors: list[Factor], root: str, way: str) -> list[tuple[str, str, str]]:
    """Each as its page, its name, and a sentence on it."""
    say = call.shown.spoken.say
    return [
        (
            steps.page_of(root, one),
            say(f"mfa.{_NAMES[one]}"),
            say(f"mfa.{way}_{_NAMES[one]}_description"),
        )
        for one in factors
    ]


routes = [
    *screen(paths.MFA_VERIFICATION, get_verification),
    *(route for factor in steps.OURS for route in _verification(factor)),
    *screen(paths.MFA_BINDING, get_binding, post_binding),
    *(route for factor in steps.OURS for route in _binding(factor)),
    *screen(paths.MFA_ONBOARDING, get_onboarding, post_onboarding),
]
