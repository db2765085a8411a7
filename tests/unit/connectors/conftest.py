"""What the unit tests of connectors share."""

from collections.abc import Callable
from typing import Any

import pytest

from carteiro.connectors.contract import Connector, Services
from carteiro.connectors.egress.guard import EgressPolicy
from carteiro.connectors.http.client import HttpClient
from carteiro.errors import InvalidConfig, Issue
from carteiro.testing.clock import FrozenClock


@pytest.fixture
def services() -> Services:
    """A world in which nothing is sent."""
    return Services(http=HttpClient(EgressPolicy(enabled=True)), clock=FrozenClock())


@pytest.fixture
def issues() -> Callable[[type[Connector], Any], list[Issue]]:
    """The issues of a config that is refused; an empty list for one that is accepted."""

    def read(factory: type[Connector], config: Any) -> list[Issue]:
        try:
            factory.parse(config)
        except InvalidConfig as error:
            return list(error.issues)
        return []

    return read
