"""Notices as a real server gets them, at connectors with and without words of their own."""

from __future__ import annotations

import json

import pytest

from carteiro.flows.administer.configuration.folder import from_files, to_files
from carteiro.flows.administer.configuration.plan import apply, snapshot_of
from carteiro.flows.administer.mail.connectors import NewConnector, create_connector
from carteiro.flows.administer.people.passwords import set_password
from carteiro.flows.administer.people.users import NewUser, create_user
from carteiro.flows.administer.tenant.settings import get_notices, update_notices
from carteiro.flows.administer.tenant.tenants import create_tenant
from carteiro.flows.world import World
from carteiro.testing.http_sink import HttpSink
from mailed_parts import mailing
from notice_parts import on_record, work_off

TENANT = "default"
PATH = "settings/notices.yaml"


async def change_password(world: World, locale: str | None = None) -> None:
    new = NewUser(primary_email="ana@example.com", profile={"locale": locale} if locale else {})
    user = await create_user(world, TENANT, new)
    await set_password(world, TENANT, user.id, "a long and odd passphrase")
    await work_off(world)


@pytest.mark.parametrize(
    ("locale", "direction", "subject", "words"),
    [
        ("de", "ltr", "Ihr Passwort wurde geändert", "Zeitpunkt:"),
        ("ar", "rtl", "تم تغيير كلمة المرور", "الوقت:"),
        ("ja", "ltr", "パスワードが変更されました", "日時："),
    ],
    ids=["german", "arabic", "japanese"],
)
async def test_a_server_gets_both_parts_in_the_persons_language(
    world: World, locale: str, direction: str, subject: str, words: str
) -> None:
    async with mailing(world) as sink:
        await change_password(world, locale)

        [mail] = sink.received
    plain = mail.message.get_body(("plain",)).get_content()
    html = mail.message.get_body(("html",)).get_content()
    assert mail.rcpt_tos == ["ana@example.com"]
    assert mail.message["Subject"] == subject
    assert mail.message["Auto-Submitted"] == "auto-generated"
    assert words in plain
    assert words in html
    assert f'lang="{locale}" dir="{direction}"' in html
    assert "{{" not in plain + html


async def test_an_endpoint_gets_notices_only_where_that_is_wanted(world: World) -> None:
    async with HttpSink() as sink:
        config = {"endpoint": f"{sink.url}/mail"}
        await create_connector(
            world, TENANT, NewConnector(connector_id="http-email", config=config)
        )
        await change_password(world)
        before = len(sink.requests)
        unwanted = await on_record(world)

        await update_notices(world, TENANT, {"atEndpoints": True})
        user = await create_user(world, TENANT, NewUser(primary_email="bo@example.com"))
        await set_password(world, TENANT, user.id, "a long and odd passphrase")
        await work_off(world)

        [request] = sink.requests
    told = json.loads(request.body)
    assert (before, unwanted) == (0, [])
    assert (told["to"], told["type"]) == ("bo@example.com", "PasswordChanged")
    assert not {"code", "link"} & set(told["payload"])


async def test_the_settings_are_carried_to_another_tenant(world: World) -> None:
    await create_tenant(world, "acme", name="acme")
    await update_notices(world, TENANT, {"newDevice": False})

    files = to_files(await snapshot_of(world, TENANT))
    kept = {PATH: files[PATH], "carteiro.yaml": files["carteiro.yaml"]}
    await apply(world, "acme", from_files(kept), prune=False)

    assert await get_notices(world, "acme") == await get_notices(world, TENANT)
    assert (await get_notices(world, "acme"))["newDevice"] is False
