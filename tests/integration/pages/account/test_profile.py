"""What people say of themselves on `/account`: which fields, in which order, and what is kept."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import pytest

from carteiro.flows.administer.people.users import update_user
from carteiro.flows.administer.tenant.settings import update_account_center
from carteiro.storage.people import users
from carteiro.storage.people.users import UserRow
from door_parts import ANA, TENANT, Door
from page_parts import Reader

ASKED = ("fullname", "website", "gender", "birthdate", "address", "team", "name", "email")
EDITABLE = dict.fromkeys(("name", "avatar", "profile", "customData"), "Edit")


async def ask(door: Door, *names: str, **modes: str) -> None:
    """The tenant says what the page has, and what of it people change."""
    fields = EDITABLE | modes
    named = {"profileFields": [{"name": name} for name in names]}
    await update_account_center(door.world, TENANT, {"fields": fields, **named})


async def stored(door: Door) -> UserRow:
    row = await door.world.database.read(lambda tx: users.find_by_email(tx, TENANT, ANA))
    assert row is not None
    return row


async def told(door: Door, **columns: Any) -> None:
    """An administrator has said this of Ana."""
    plain = {
        name: value if isinstance(value, str) else json.dumps(value)
        for name, value in columns.items()
    }
    await update_user(door.world, TENANT, (await stored(door)).id, plain)


def names(browser: Reader) -> Sequence[str | None]:
    found = browser.page.css("main form input, main form select")
    return [one.attributes["name"] for one in found if one.attributes["name"] != "xsrf"]


async def test_the_tenant_says_which_fields_there_are_and_in_which_order(
    door: Door, ana: Reader
) -> None:
    await ana.get("/account")
    unless_said = names(ana)
    await ask(door, *ASKED)
    await ana.get("/account")
    asked = names(ana)
    await ask(door)
    await ana.get("/account")

    assert unless_said == ["name", "avatar", "givenName", "familyName", "nickname"]
    assert asked == [
        *("givenName", "middleName", "familyName", "website", "gender", "birthdate"),
        *("address", "custom.team", "name"),
    ]
    assert names(ana) == []
    assert not ana.page.css("main button[name=submit]")


async def test_what_is_only_read_or_off_is_no_field(door: Door, ana: Reader) -> None:
    await ask(door, *ASKED, profile="ReadOnly", customData="Off", name="Edit")
    await told(door, profile={"gender": "female", "birthdate": "1990"})

    await ana.get("/account")

    pairs = [one.text(separator=" ", strip=True) for one in ana.page.css("dl.pairs div")]
    assert names(ana) == ["name"]
    assert {"Gender Female", "Date of birth 1990", "Website Not set"} <= set(pairs)
    assert "team" not in ana.text()


async def test_each_field_is_kept_where_the_account_has_it_and_what_is_emptied_is_taken_away(
    door: Door, ana: Reader
) -> None:
    await ask(door, *ASKED)
    await told(
        door, profile={"nickname": "A", "website": "https://a.example"}, custom_data={"seat": 7}
    )
    await ana.get("/account")

    await ana.send(
        website="",
        gender="prefer_not_to_say",
        address="Elm Street 1, Springfield",
        **{"custom.team": "Red"},
    )

    row = await stored(door)
    assert ana.toast == "Saved"
    assert json.loads(row.profile) == {
        "nickname": "A",
        "gender": "prefer_not_to_say",
        "address": {"formatted": "Elm Street 1, Springfield"},
    }
    assert json.loads(row.custom_data) == {"seat": 7, "team": "Red"}


async def test_what_nobody_touches_stays_as_it_is(door: Door, ana: Reader) -> None:
    await ask(door, *ASKED, "seat", "colour")
    profile = {
        "birthdate": "1990",
        "gender": "a word of hers",
        "address": {"streetAddress": "Elm Street 1", "locality": "Springfield"},
        "website": "ftp://a.example",
        "nickname": "two\nlines",
    }
    await told(door, profile=profile, custom_data={"seat": 7, "colour": "red"}, name=" Ana\n")
    await ana.get("/account")
    before = await stored(door)
    shown = ana.one("input[name=address]").attributes["value"]
    chosen = ana.one("select option[selected]").attributes["value"]

    await ana.send(gender=chosen)

    assert shown == "Elm Street 1, Springfield"
    assert "custom.seat" not in names(ana), "what is no text is not typed"
    assert await stored(door) == before


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"website": "javascript://x/%0aalert(1)"}, "This is not valid"),
        ({"gender": "made up"}, "This is not valid"),
        ({"name": "n" * 129}, "0 to 128"),
        ({"custom.team": "t" * 513}, "0 to 512"),
    ],
    ids=["a script", "no choice", "a long name", "a long text"],
)
async def test_one_wrong_field_keeps_nothing_and_forgets_nothing(
    door: Door, ana: Reader, given: dict[str, str], says: str
) -> None:
    await ask(door, *ASKED)
    before = await stored(door)
    await ana.get("/account")

    await ana.send(familyName="Alvarez", **given)

    assert len(ana.alerts) == 1
    assert says in ana.alerts[0]
    assert ana.one("input[name=familyName]").attributes["value"] == "Alvarez"
    assert await stored(door) == before


async def test_once_a_mistake_is_mended_the_page_shows_what_is_kept(
    door: Door, ana: Reader
) -> None:
    await ask(door, *ASKED)
    await ana.get("/account")
    await ana.send(familyName="Alvarez", website="nowhere")

    await ana.send(familyName="Alvarez Ruiz", website="https://a.example")

    assert ana.toast == "Saved"
    assert ana.one("input[name=familyName]").attributes["value"] == "Alvarez Ruiz"
    assert ana.one("input[name=website]").attributes["value"] == "https://a.example"


async def test_however_much_is_wrong_it_is_said(door: Door, ana: Reader) -> None:
    many = [f"field{number}" for number in range(9)]
    await ask(door, *many)
    await ana.get("/account")

    await ana.send(**{f"custom.{name}": "ž" * 530 for name in many})

    assert len(ana.alerts) == 9


async def test_a_field_that_the_tenant_took_away_meanwhile_is_not_kept(
    door: Door, ana: Reader
) -> None:
    await ask(door, "team", "nickname")
    await ana.get("/account")
    await ask(door, "nickname")

    await ana.send(nickname="Anita", **{"custom.team": "Red"})

    row = await stored(door)
    assert json.loads(row.profile) == {"nickname": "Anita"}
    assert json.loads(row.custom_data) == {}
