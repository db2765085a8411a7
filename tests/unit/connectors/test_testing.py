"""The public fakes do what they promise to users' tests."""

import pytest

from carteiro.clock import Clock
from carteiro.connectors.contract import Relay
from carteiro.errors import DeliveryFailed, Disposition
from carteiro.model.addresses import parse_address
from carteiro.model.kinds import TemplateType
from carteiro.model.message import Message
from carteiro.testing.clock import FrozenClock
from carteiro.testing.outbox import OutboxConnector, OutboxRelay


def message(to: str, code: str) -> Message:
    return Message(
        id=code,
        to=parse_address(to),
        type=TemplateType.SIGN_IN,
        payload={"code": code},
        created_at=0,
    )


def test_a_frozen_clock_moves_only_when_told() -> None:
    clock: Clock = FrozenClock(1_000)
    frozen = FrozenClock(1_000)

    assert clock.now() == clock.now() == 1_000
    assert frozen.advance(1.5) == frozen.now() == 2_500
    frozen.set(7)
    assert frozen.now() == 7


async def test_an_outbox_keeps_messages_and_finds_the_newest_to_an_address() -> None:
    connector = OutboxConnector()

    for to, code in (
        ("a@example.com", "111111"),
        ("A@Example.com", "222222"),
        ("b@example.com", "333333"),
    ):
        await connector.send(message(to, code))

    assert [kept.id for kept in connector.outbox.messages] == ["111111", "222222", "333333"]
    assert connector.outbox.last_to("a@example.com").payload["code"] == "222222"
    with pytest.raises(LookupError):
        connector.outbox.last_to("c@example.com")


async def test_an_outbox_fails_as_it_is_told_and_then_goes_on() -> None:
    connector = OutboxConnector()
    connector.outbox.failures.append(DeliveryFailed("down", disposition=Disposition.TRANSIENT))

    with pytest.raises(DeliveryFailed):
        await connector.send(message("a@example.com", "111111"))
    await connector.send(message("a@example.com", "111111"))

    assert len(connector.outbox.messages) == 1


async def test_an_outbox_relay_is_a_relay() -> None:
    relay: Relay = OutboxRelay("no-reply@example.com")

    await relay.send(message("a@example.com", "111111"), "Acme")
    await relay.close()

    assert relay.from_address == "no-reply@example.com"
    assert await relay.check()
