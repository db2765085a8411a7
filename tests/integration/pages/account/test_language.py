"""The language of the account's pages is the person's own choice, and holds for mails as well."""

from __future__ import annotations

import pytest

from carteiro.flows.administer.tenant.sign_in_experience import update_experience
from door_parts import TENANT, Door
from page_parts import Reader


async def choose(browser: Reader, tag: str) -> None:
    await browser.send(form="form.languages", lng=tag)


async def test_a_chosen_language_holds_on_every_page_and_in_every_mail(
    door: Door, ana: Reader
) -> None:
    await ana.get("/account/email")

    await choose(ana, "de")
    here = (ana.path, ana.one("html").attributes["lang"], ana.text("h1"))
    await ana.send(form="main form:has([value=email])")
    await ana.get("/account/sessions")

    assert here == ("/account/email", "de", "E-Mail")
    assert ana.one("html").attributes["lang"] == "de"
    assert (await door.mails())[-1].payload["locale"] == "de"


async def test_whoever_has_to_sign_in_again_does_so_in_the_language_that_they_chose(
    door: Door, ana: Reader
) -> None:
    await choose(ana, "ar")
    door.clock.advance(15 * 86_400)

    await ana.get("/account/security")

    assert ana.path.startswith("/sign-in?app_id=account-center")
    assert ana.one("html").attributes["dir"] == "rtl"


@pytest.mark.parametrize(
    "tag", ["tlh", "", "../de", "de" * 2000], ids=["none", "empty", "path", "long"]
)
async def test_a_language_that_the_tenant_does_not_have_changes_nothing(
    ana: Reader, tag: str
) -> None:
    await choose(ana, tag)

    assert (ana.path, ana.one("html").attributes["lang"]) == ("/account", "en")
    assert all(len(value) < 4000 for value in ana.http.cookies.values())


async def test_where_the_tenant_has_decided_on_a_language_none_is_to_be_chosen(
    door: Door, ana: Reader
) -> None:
    fixed = {"languageInfo": {"autoDetect": False, "fallbackLanguage": "fr"}}
    await update_experience(door.world, TENANT, fixed)

    await ana.get("/account")

    assert ana.one("html").attributes["lang"] == "fr"
    assert not ana.page.css("form.languages")
