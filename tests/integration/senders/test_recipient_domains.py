"""A recipient's domain is looked at where a tenant wants it, once, and never for long."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from carteiro.errors import CodeMismatch, DomainTakesNoMail
from carteiro.flows.administer.tenant.settings import update_delivery, update_protection
from carteiro.flows.backend.verify_address import Asked, redeem_code, send_code
from carteiro.flows.world import World
from carteiro.senders.recipients import RecipientDomains
from carteiro.settings import Settings
from carteiro.testing.clock import FrozenClock
from carteiro.testing.smtp_server import SmtpSink
from dns_parts import DnsServer, Manner
from sender_parts import T, asking, connect, opened, send

ZONE = {
    "takes.test": {"MX": "10 mx.takes.test."},
    "xn--bcher-kva.test": {"MX": "10 mx.takes.test."},
    "null.test": {"MX": "0 ."},
    "empty.test": {"TXT": "nothing"},
}
ON = {"checkRecipientDomains": True}


@pytest.fixture
async def server() -> AsyncIterator[DnsServer]:
    async with DnsServer(dict(ZONE)) as running:
        yield running


@pytest.fixture
async def sink() -> AsyncIterator[SmtpSink]:
    async with SmtpSink() as running:
        yield running


@pytest.fixture
async def world(settings: Settings, server: DnsServer, sink: SmtpSink) -> AsyncIterator[World]:
    async with opened(settings, server) as running:
        await connect(running, sink.port)
        yield running


async def test_unless_a_tenant_wants_it_nothing_is_asked(
    world: World, server: DnsServer, sink: SmtpSink
) -> None:
    for to in ("a@takes.test", "a@null.test", "a@gone.test"):
        await send(world, to=to)

    assert len(sink.received) == 3
    assert server.asked == []


@pytest.mark.parametrize("mode", ["direct", "queued"])
async def test_a_domain_that_takes_no_mail_is_refused_and_nothing_is_stored(
    world: World, server: DnsServer, sink: SmtpSink, mode: str
) -> None:
    await update_protection(world, T, ON)
    await update_delivery(world, T, {"mode": mode})
    for domain in ("null.test", "empty.test", "gone.test", "gone.test"):
        with pytest.raises(DomainTakesNoMail):
            await send(world, to=f"a@{domain}")
    asked = [(name, kind) for name, kind, _ in server.asked if kind == "MX"]

    assert sink.received == []
    assert asked == [("null.test", "MX"), ("empty.test", "MX"), ("gone.test", "MX")]


async def test_a_domain_is_asked_about_once_however_many_write_to_it(
    world: World, server: DnsServer, sink: SmtpSink
) -> None:
    await update_protection(world, T, ON)
    await asyncio.gather(*(send(world, to=f"p{n}@takes.test") for n in range(8)))
    await send(world, to="again@Takes.TEST")
    await send(world, to="idn@bücher.test")

    assert len(sink.received) == 10
    assert [name for name, _, _ in server.asked] == ["takes.test", "xn--bcher-kva.test"]


@pytest.mark.parametrize("manner", [Manner.HANGS, Manner.FAILS, Manner.RUBBISH], ids=str)
async def test_a_dns_that_does_not_answer_keeps_no_mail_back(
    world: World, server: DnsServer, sink: SmtpSink, manner: Manner
) -> None:
    await update_protection(world, T, ON)
    server.default = manner
    for n in range(3):
        await send(world, to=f"p{n}@slow.test")

    assert len(sink.received) == 3


async def test_a_code_that_was_asked_for_is_kept_as_with_every_mail_that_cannot_be_sent(
    world: World,
) -> None:
    await update_protection(world, T, ON)
    with pytest.raises(DomainTakesNoMail):
        await send_code(world, T, Asked(email="a@null.test"))

    with pytest.raises(CodeMismatch):
        await redeem_code(world, T, "000000x", email="a@null.test")


async def test_what_was_learnt_is_forgotten_in_time(server: DnsServer) -> None:
    clock = FrozenClock()
    domains = RecipientDomains(server.asking(5, 20), clock, seconds=30)
    await domains.require("takes.test")
    clock.advance(3599)
    await domains.require("takes.test")
    clock.advance(2)
    await domains.require("takes.test")
    with pytest.raises(DomainTakesNoMail):
        await domains.require("null.test")
    server.zone["null.test"] = {"MX": "10 mx.takes.test."}  # type: ignore[index]
    with pytest.raises(DomainTakesNoMail):
        await domains.require("null.test")
    clock.advance(601)
    await domains.require("null.test")
    await domains.close()

    assert [name for name, _, _ in server.asked] == ["takes.test"] * 2 + ["null.test"] * 2


async def test_what_is_remembered_is_bounded_and_what_is_used_stays(
    server: DnsServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The bound itself would take four thousand questions.
    monkeypatch.setattr("carteiro.senders.recipients._MOST_DOMAINS", 3)
    domains = RecipientDomains(server.asking(5, 20), FrozenClock(), seconds=30)
    for n in range(3):
        server.zone[f"d{n}.test"] = {"A": "127.0.0.1"}  # type: ignore[index]
    for name in (
        "takes.test",
        "d0.test",
        "takes.test",
        "d1.test",
        "d2.test",
        "takes.test",
        "d0.test",
    ):
        await domains.require(name)
    await domains.close()

    asked = [name for name, kind, _ in server.asked if kind == "MX"]
    assert asked == ["takes.test", "d0.test", "d1.test", "d2.test", "d0.test"]


async def test_many_strange_domains_at_once_are_not_all_asked_about(server: DnsServer) -> None:
    server.default = Manner.HANGS
    domains = RecipientDomains(server.asking(5, 20), FrozenClock(), seconds=0.5)
    await asyncio.gather(*(domains.require(f"d{n}.test") for n in range(300)))
    await domains.close()

    assert len({name for name, _, _ in server.asked}) <= 64


class TestByTheApi:
    @pytest.fixture
    def settings(self, settings: Settings, server: DnsServer) -> Settings:
        return asking(settings, server)

    async def test_the_refusal_has_a_code_and_is_on_record(
        self, app: Any, client: httpx.AsyncClient, sink: SmtpSink
    ) -> None:
        await connect(app.state.world, sink.port)
        await client.patch("/api/protection", json=ON)

        answer = await client.post("/api/verification-codes", json={"email": "a@null.test"})
        shown = await client.get("/api/protection")
        logs = await client.get("/api/logs", params={"logKey": "Message.DomainRefused"})

        assert answer.status_code == 422
        assert answer.json()["code"] == "message.domain_takes_no_mail"
        assert shown.json()["checkRecipientDomains"] is True
        assert [entry["payload"]["recipient"] for entry in logs.json()] == ["a***@null.test"]
