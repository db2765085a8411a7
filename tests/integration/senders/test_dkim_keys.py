"""A key that signs mail: made, published, used, replaced and taken away, on both databases."""

from __future__ import annotations

import asyncio
import re

import httpx
import pytest

from carteiro.connectors.dkim.keys import KeyAlgorithm
from carteiro.errors import DkimKeyRefused, DkimRecordMissing, InvalidAddress, NameUnavailable
from carteiro.flows.administer.mail import dkim_keys as flow
from carteiro.flows.administer.mail.connectors import NewConnector, create_connector
from carteiro.flows.administer.mail.dkim_keys import KeyName
from carteiro.flows.administer.mail.trials import test_connector as try_connector
from carteiro.flows.administer.tenant.tenants import create_tenant
from carteiro.flows.world import World
from carteiro.runtime.opening import open_world
from carteiro.settings import Settings
from carteiro.storage.drivers.statements import Statement
from carteiro.storage.tenancy.dkim_keys import KeyState
from carteiro.testing.smtp_server import SmtpSink
from dkim_parts import perl_says
from dns_parts import DnsServer, Manner
from sender_parts import T, asking, connect, opened, publish, relayed, send, signing_key
from smtp_parts import config as smtp_config

_SPOIL = Statement.of(
    "test.spoil", "UPDATE dkim_keys SET private_sealed = :junk RETURNING 1 AS done"
)


def selectors_of(raw: bytes) -> list[str]:
    return [name.decode() for name in re.findall(rb"\n?\ts=([^;]+);", raw)]


async def test_mail_is_signed_once_the_key_is_published_and_used(settings: Settings) -> None:
    async with DnsServer({}) as server, SmtpSink() as sink, opened(settings, server) as world:
        await connect(world, sink.port)
        row = await flow.make_key(world, T, domain="e.com")
        name = KeyName(domain="e.com", selector=row.selector)
        await send(world)
        with pytest.raises(DkimRecordMissing, match="there is no such record"):
            await flow.use_key(world, T, name)
        publish(server, row)
        await flow.use_key(world, T, name)
        await send(world)
        said = await perl_says(sink.received[1].raw, server.port)

    assert row.state is KeyState.WAITING
    assert b"DKIM-Signature" not in sink.received[0].raw
    assert said == [f"e.com {row.selector} pass"]


async def test_a_test_mail_is_signed_as_others_are(settings: Settings) -> None:
    async with DnsServer({}) as server, SmtpSink() as sink, opened(settings, server) as world:
        row = await signing_key(world, server)
        await try_connector(
            world,
            T,
            "simple-mail-transfer-protocol",
            email="ana@example.com",
            phone=None,
            config=smtp_config(sink.port),
            locale=None,
            ip=None,
        )
        said = await perl_says(sink.received[0].raw, server.port)

    assert said == [f"e.com {row.selector} pass"]


async def test_a_key_is_replaced_without_a_mail_that_nobody_can_verify(settings: Settings) -> None:
    async with DnsServer({}) as server, SmtpSink() as sink, opened(settings, server) as world:
        await connect(world, sink.port)
        old = await signing_key(world, server)
        await send(world)
        new = await flow.make_key(world, T, domain="e.com")
        await send(world)
        publish(server, new)
        await flow.use_key(world, T, KeyName(domain="e.com", selector=new.selector))
        await send(world)
        states = {row.selector: row.state for row in await flow.list_keys(world, T)}
        said = [await perl_says(mail.raw, server.port) for mail in sink.received]
        await flow.delete_key(world, T, KeyName(domain="e.com", selector=old.selector))
        await flow.delete_key(world, T, KeyName(domain="e.com", selector=new.selector))
        await send(world)

    assert [selectors_of(mail.raw) for mail in sink.received[:3]] == [
        [old.selector], [old.selector], [new.selector],
    ]  # fmt: skip
    assert all(line.endswith(" pass") for [line] in said)
    assert states == {old.selector: KeyState.RESTING, new.selector: KeyState.SIGNING}
    assert b"DKIM-Signature" not in sink.received[3].raw


async def test_of_two_that_use_keys_at_once_one_key_of_a_kind_signs(settings: Settings) -> None:
    async with DnsServer({}) as server, opened(settings, server) as world:
        made = [await flow.make_key(world, T, domain="e.com") for _ in range(3)]
        short = await flow.make_key(world, T, domain="e.com", algorithm=KeyAlgorithm.ED25519)
        names = [KeyName(domain="e.com", selector=row.selector) for row in [*made, short]]
        await asyncio.gather(*(flow.use_key(world, T, name, unseen=True) for name in names))
        rows = await flow.list_keys(world, T)

    signing = [row for row in rows if row.state is KeyState.SIGNING]
    assert sorted(row.algorithm for row in signing) == ["ed25519", "rsa"]


async def test_another_process_signs_with_what_was_decided_here(settings: Settings) -> None:
    async with DnsServer({}) as server, SmtpSink() as sink, opened(settings, server) as here:
        await connect(here, sink.port)
        async with open_world(asking(settings, server)) as there:
            following = asyncio.create_task(there.workspaces.follow_changes())
            await send(there)
            row = await signing_key(here, server)
            if settings.sqlite_path is not None:
                there.workspaces.forget(T)  # one process serves a file
            async with asyncio.timeout(30):
                while b"DKIM-Signature" not in sink.received[-1].raw:
                    await send(there, to=f"p{len(sink.received)}@example.com")
            following.cancel()

    assert selectors_of(sink.received[-1].raw) == [row.selector]


async def test_the_relay_s_mails_are_signed_for_every_tenant_by_the_deployment_alone(
    settings: Settings,
) -> None:
    async with (
        DnsServer({}) as server,
        SmtpSink() as sink,
        opened(relayed(settings, sink.port), server) as world,
    ):
        await create_tenant(world, "other", name="Other")
        for tenant in (T, "other"):
            await create_connector(world, tenant, NewConnector(connector_id="logto-email"))
        await signing_key(world, server, "relay.test", tenant="other")
        await send(world, "other")
        row = await signing_key(world, server, "relay.test")
        for tenant in (T, "other"):
            await send(world, tenant)
        await connect(world, sink.port, "other", fromEmail="x@relay.test")
        await send(world, "other")
        said = [await perl_says(mail.raw, server.port) for mail in sink.received]

    ours = [f"relay.test {row.selector} pass"]
    assert said[:3] == [["none"], ours, ours]
    assert row.selector not in str(said[3])


async def test_a_key_that_no_longer_opens_stops_no_mail(settings: Settings) -> None:
    async with DnsServer({}) as server, SmtpSink() as sink, opened(settings, server) as world:
        await connect(world, sink.port)
        row = await signing_key(world, server)
        await world.database.write(lambda tx: tx.all(_SPOIL, junk=b"junk"))
        world.workspaces.forget(T)
        await send(world)

    assert row.state is KeyState.SIGNING
    assert b"DKIM-Signature" not in sink.received[0].raw


async def test_what_cannot_be_a_key_is_refused_and_nothing_is_kept(settings: Settings) -> None:
    async with DnsServer({}) as server, opened(settings, server) as world:
        await flow.make_key(world, T, domain="e.com", selector="s1")
        for wrong in ("a.b", "A", "-a", "a_b", "x" * 64, "a\nb"):
            with pytest.raises(DkimKeyRefused, match="selector"):
                await flow.make_key(world, T, domain="e.com", selector=wrong)
        with pytest.raises(DkimKeyRefused, match="has a key with the selector s1"):
            await flow.make_key(world, T, domain="E.COM", selector="s1")
        for domain in ("", "localhost", "a@e.com", "e..com", "e.com\nX: y"):
            with pytest.raises(InvalidAddress):
                await flow.make_key(world, T, domain=domain)
        with pytest.raises(NameUnavailable):
            server.default = Manner.HANGS
            await flow.use_key(world, T, KeyName(domain="e.com", selector="s1"))
        rows = await flow.list_keys(world, T)

    assert [(row.selector, row.state) for row in rows] == [("s1", KeyState.WAITING)]


async def test_a_tenant_has_no_more_keys_than_somebody_looks_after(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(flow, "MOST_KEYS", 2)
    short = KeyAlgorithm.ED25519
    for _ in range(2):
        await flow.make_key(world, T, domain="e.com", algorithm=short)

    with pytest.raises(DkimKeyRefused, match="There are 2 keys"):
        await flow.make_key(world, T, domain="e.com", algorithm=short)


async def test_the_api_shows_the_record_and_never_the_key(client: httpx.AsyncClient) -> None:
    made = await client.post("/api/dkim-keys", json={"domain": "Bücher.example"})
    body = made.json()
    path = f"/api/dkim-keys/{body['domain']}/{body['selector']}"
    used = await client.post(f"{path}/use", json={"unseen": True})
    listed = await client.get("/api/dkim-keys")
    logs = await client.get("/api/logs")
    gone = await client.delete(path)
    missing = await client.get(path)
    odd = await client.post("/api/dkim-keys", json={"domain": "e.com", "algorithm": "dsa"})

    assert made.status_code == 201
    assert body["domain"] == "xn--bcher-kva.example"
    assert body["record"]["name"] == f"{body['selector']}._domainkey.{body['domain']}"
    assert body["record"]["value"].startswith("v=DKIM1; k=rsa; p=")
    assert (used.status_code, used.json()["state"]) == (200, "signing")
    assert listed.json() == [used.json()]
    assert "sealed" not in made.text + listed.text + logs.text
    assert {"Management.DkimKey.Created", "Management.DkimKey.Used"} <= {
        entry["key"] for entry in logs.json()
    }
    assert (gone.status_code, missing.status_code, odd.status_code) == (204, 404, 400)
