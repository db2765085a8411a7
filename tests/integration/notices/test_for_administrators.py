"""What people are told of what an administrator changes, in which language, and when not."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from carteiro.delivery.notices import PAUSE
from carteiro.delivery.policy import notice_policy
from carteiro.directory.settings.notices import NOTICES_DEFAULT, NoticesUpdate
from carteiro.flows.administer.mail.connectors import delete_connector
from carteiro.flows.administer.mail.suppressions import suppress
from carteiro.flows.administer.mail.templates import Draft, put_templates
from carteiro.flows.administer.people.passwords import set_password
from carteiro.flows.administer.people.users import decide, delete_user, update_user
from carteiro.flows.administer.tenant.settings import update_notices, update_protection
from carteiro.flows.backend.verify_address import Asked, send_code
from carteiro.model.kinds import NOTICES, TemplateType
from door_parts import ANA, TENANT, Door
from notice_parts import notices_sent, on_record, told, work_off

NEW = "ana.new@example.org"


async def change(door: Door, user_id: str, **columns: Any) -> None:
    await update_user(door.world, TENANT, user_id, columns)


async def test_an_address_change_is_told_to_the_old_and_to_the_new_address(door: Door) -> None:
    user = await door.person(primary_email=ANA)

    await change(door, user.id, primary_email=NEW)

    mails = {str(mail.to): mail for mail in await notices_sent(door)}
    assert set(mails) == {ANA, NEW}
    for own, other in ((ANA, NEW), (NEW, ANA)):
        whole = f"{mails[own].content.text}{mails[own].content.html}{dict(mails[own].payload)}"
        assert other not in whole
        assert "a***@example.org" in mails[own].content.text


async def test_the_spelling_of_an_address_is_no_change(door: Door) -> None:
    user = await door.person(primary_email=ANA)

    await change(door, user.id, primary_email="Ana@Example.com", name="Ana")

    assert await told(door) == []


async def test_what_is_removed_is_told_where_it_was(door: Door) -> None:
    user = await door.person(primary_email=ANA, primary_phone="4915112345678")

    await change(door, user.id, primary_phone=None)
    await change(door, user.id, primary_email=None)

    mails = await notices_sent(door)
    assert {(mail.type.value, str(mail.to)) for mail in mails} == {
        ("PhoneChanged", ANA),
        ("EmailChanged", ANA),
    }
    assert all("removed" in mail.content.text for mail in mails)


async def test_a_password_and_a_factor_are_told_without_the_administrators_device(
    door: Door,
) -> None:
    user = await door.person(primary_email=ANA)

    await set_password(door.world, TENANT, user.id, "a long and odd passphrase")
    await decide(door.world, TENANT, user.id, {"mfa": {"enabled": True}})

    mails = await notices_sent(door)
    assert {mail.type.value for mail in mails} == {"PasswordChanged", "MfaChanged"}
    assert all("Device:" not in mail.content.text for mail in mails)


async def test_who_has_no_address_is_told_nothing_and_the_change_counts(door: Door) -> None:
    user = await door.person(username="ana")

    await set_password(door.world, TENANT, user.id, "a long and odd passphrase")

    assert await told(door) == []
    assert await on_record(door.world) == []


@pytest.mark.parametrize(
    ("locale", "zone", "subject", "time"),
    [
        ("ar", None, "تم تغيير كلمة المرور", "2027-01-15 08:00 UTC"),
        ("pt_BR", "America/Sao_Paulo", "Sua senha foi alterada", "2027-01-15 05:00"),
        ("tlh", "Not/AZone", "Your password was changed", "2027-01-15 08:00 UTC"),
    ],
    ids=["arabic", "brazilian", "unknown"],
)
async def test_a_notice_is_in_the_language_and_the_time_of_the_profile(
    door: Door, locale: str, zone: str | None, subject: str, time: str
) -> None:
    user = await door.person(primary_email=ANA, profile={"locale": locale, "zoneinfo": zone})

    await set_password(door.world, TENANT, user.id, "a long and odd passphrase")

    (mail,) = await notices_sent(door)
    assert mail.content.subject == subject
    assert time in mail.content.text


async def test_one_kind_is_told_once_in_some_minutes(door: Door) -> None:
    user = await door.person(primary_email=ANA)
    for number in range(3):
        await set_password(door.world, TENANT, user.id, f"a long and odd passphrase {number}")
        await work_off(door.world)
    await change(door, user.id, primary_phone="4915112345678")
    soon = await told(door)

    door.clock.advance(PAUSE)
    await set_password(door.world, TENANT, user.id, "a long and odd passphrase of later")

    assert soon == [("PasswordChanged", ANA), ("PhoneChanged", ANA)]
    assert await told(door) == [
        ("PasswordChanged", ANA),
        ("PasswordChanged", ANA),
        ("PhoneChanged", ANA),
    ]
    ends = [row.failure for row in await on_record(door.world) if row.state == "cancelled"]
    assert ends == ["repeated", "repeated"]


async def test_many_changes_at_once_are_told_once(door: Door) -> None:
    user = await door.person(primary_email=ANA)
    world = door.world

    await asyncio.gather(
        *(
            update_user(world, TENANT, user.id, {"password_encrypted": f"x{number}"})
            for number in range(20)
        )
    )

    assert await told(door) == [("PasswordChanged", ANA)]
    assert len(await on_record(world)) == 20


async def test_a_suppressed_address_gets_none_and_the_change_counts(door: Door) -> None:
    user = await door.person(primary_email=ANA)
    await suppress(door.world, TENANT, ANA, note=None, expires_at=None)

    await set_password(door.world, TENANT, user.id, "a long and odd passphrase")

    assert await told(door) == []
    (row,) = await on_record(door.world)
    assert (row.state, row.failure) == ("cancelled", "suppressed")


async def test_notices_take_no_place_among_codes(door: Door) -> None:
    await update_protection(door.world, TENANT, {"sendsPerHour": 1, "tenantSendsPerHour": 1})
    user = await door.person(primary_email=ANA)
    await set_password(door.world, TENANT, user.id, "a long and odd passphrase")
    await change(door, user.id, primary_phone="4915112345678")
    await work_off(door.world)

    await send_code(door.world, TENANT, Asked(email=ANA))

    assert await door.code()


async def test_without_a_connector_the_change_counts_all_the_same(door: Door) -> None:
    user = await door.person(primary_email=ANA)
    row, _ = (await door.world.workspaces.of(TENANT)).connector()
    await delete_connector(door.world, TENANT, row.id)

    await set_password(door.world, TENANT, user.id, "a long and odd passphrase")

    assert await on_record(door.world) == []


async def test_a_tenant_can_do_without_any(door: Door) -> None:
    user = await door.person(primary_email=ANA)
    await update_notices(door.world, TENANT, {"enabled": False})

    await set_password(door.world, TENANT, user.id, "a long and odd passphrase")

    assert await on_record(door.world) == []


async def test_a_notice_of_somebody_who_is_deleted_is_not_sent(door: Door) -> None:
    user = await door.person(primary_email=ANA)
    await set_password(door.world, TENANT, user.id, "a long and odd passphrase")

    await delete_user(door.world, TENANT, user.id)

    assert await told(door) == []


class TestOwnTemplates:
    async def put(self, door: Door, kind: TemplateType, content: str, tag: str = "en") -> None:
        details = {"subject": "Ours", "content": content}
        draft = Draft(language_tag=tag, template_type=kind, details=details)
        await put_templates(door.world, TENANT, [draft])

    async def test_a_tenants_own_words_come_first_in_their_language(self, door: Door) -> None:
        kind = TemplateType.PASSWORD_CHANGED
        await self.put(door, kind, "<p>{{time}} {{user.name}} {{supportEmail}}</p>")
        await self.put(door, kind, "<p>Geändert: {{time}}</p>", "de")
        await door.settings(supportEmail="help@example.com")
        user = await door.person(primary_email=ANA, name="<Ana>", profile={"locale": "de-AT"})
        other = await door.person(primary_email="bo@example.com", name="<Bo>")

        for one in (user, other):
            await set_password(door.world, TENANT, one.id, "a long and odd passphrase")

        mails = {str(mail.to): mail.content for mail in await notices_sent(door)}
        assert mails[ANA].text == "Geändert: 2027-01-15 08:00 UTC"
        assert mails["bo@example.com"].html == (
            "<p>2027-01-15 08:00 UTC &lt;Bo&gt; help@example.com</p>"
        )

    async def test_generic_says_nothing_of_changes(self, door: Door) -> None:
        await self.put(door, TemplateType.GENERIC, "<p>Your code: {{code}}</p>")
        user = await door.person(primary_email=ANA)

        await set_password(door.world, TENANT, user.id, "a long and odd passphrase")

        (mail,) = await notices_sent(door)
        assert mail.content.subject == "Your password was changed"

    async def test_one_that_asks_for_a_code_gives_way_to_the_prebuilt_one(self, door: Door) -> None:
        await self.put(door, TemplateType.PASSWORD_CHANGED, "<p>{{code}}</p>")
        user = await door.person(primary_email=ANA)

        await set_password(door.world, TENANT, user.id, "a long and odd passphrase")

        (mail,) = await notices_sent(door)
        assert mail.content.subject == "Your password was changed"


def test_every_notice_has_its_switch() -> None:
    fields = {field.alias for field in NoticesUpdate.model_fields.values()}
    switches = set(NOTICES_DEFAULT) - {"enabled", "atEndpoints"}

    assert fields == set(NOTICES_DEFAULT)
    assert len(switches) == len(NOTICES)
    for switch in switches:
        (off,) = notice_policy({switch: False}).off
        assert off.value.lower() == switch.lower()
    assert notice_policy({"enabled": False}).off == frozenset(NOTICES)
