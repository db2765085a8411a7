"""The suite for connectors gives a provider that is slow its time, and no other outcome for it."""

import dataclasses

import pytest

from carteiro.errors import ConnectorError, Disposition
from carteiro.testing.connector_contract import Scenario, sample_message
from carteiro.testing.http_sink import HUNG, HUNG_IN_BODY, refused
from contract.connectors.test_resend import TestResend as Contract
from contract.connectors.test_smtp import TestSmtp as SmtpContract

SLOW = 1.0
"""Seconds: more than the suite waits for a provider that is silent."""


async def test_a_slow_refusal_is_a_refusal() -> None:
    contract = Contract()
    async with contract.before(dataclasses.replace(refused(422), delay=SLOW)) as (connector, _):
        with pytest.raises(ConnectorError) as caught:
            await connector.send(sample_message())

    assert caught.value.disposition is Disposition.PERMANENT


@pytest.mark.parametrize("silent", [HUNG, HUNG_IN_BODY], ids=["no answer", "half an answer"])
async def test_a_silent_provider_is_reached_before_time_runs_out(silent: object) -> None:
    contract = Contract()
    async with contract.before(silent) as (connector, sink):  # type: ignore[arg-type]
        reached, remembered = sink.connections, list(sink.requests)
        with pytest.raises(ConnectorError) as caught:
            await connector.send(sample_message())

    assert (reached, remembered) == (1, [])
    assert sink.connections == 1
    assert caught.value.disposition is Disposition.UNKNOWN


async def test_a_slow_mail_server_is_given_its_time() -> None:
    async with SmtpContract().stage(Scenario.REFUSED) as stage:
        config = stage.connector.config

    assert min(config.connection_timeout, config.greeting_timeout, config.socket_timeout) >= 10_000
