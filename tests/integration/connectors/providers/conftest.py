"""Connectors made from their documented configurations, and one message for all witnesses."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from carteiro.connectors.contract import Services
from carteiro.connectors.http.api import HttpApiConnector
from carteiro.connectors.registry import Registry
from carteiro.model.addresses import EmailAddress, Mailbox
from carteiro.model.message import Message, Rendered
from carteiro.testing.clock import FrozenClock
from carteiro.testing.connector_contract import sample_message
from provider_parts import documented

Make = Callable[..., HttpApiConnector]


@pytest.fixture
def make() -> Make:
    def make(factory_id: str, **changes: Any) -> HttpApiConnector:
        factory = Registry.discover().get(factory_id)
        config = factory.parse({**documented(factory_id), **changes})
        http: Any = None  # nothing is sent
        return factory(config, Services(http=http, clock=FrozenClock()))

    return make


@pytest.fixture
def message() -> Message:
    return sample_message(
        content=Rendered(
            subject="Seu código é 735201",
            text="Código: 735201",
            html="<p>Código: <b>735201</b></p>",
            reply_to=Mailbox(EmailAddress("help", "example.test"), "Ajuda"),
        )
    )
