"""A connector ready to send, with what has been learnt of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from carteiro.connectors.contract import Connector
from carteiro.delivery.gates.gate import Gate
from carteiro.delivery.workspaces.signing import NOTHING, Signing
from carteiro.errors import CarteiroError, ConnectorNotFound
from carteiro.storage.tenancy.connectors import ConnectorRow


@dataclass(frozen=True, slots=True)
class OpenConnector:
    """The tenant's connector, opened, or the reason why it cannot be."""

    row: ConnectorRow
    connector: Connector | None
    problem: CarteiroError | None = None
    gate: Gate = field(default_factory=Gate, compare=False, repr=False)
    """What has been learnt of it; it is kept as long as the connector is."""
    signing: Signing = NOTHING
    """The keys that it was opened with."""


def first_of(route: Sequence[OpenConnector], *, sms: bool) -> tuple[ConnectorRow, Connector]:
    """The connector in front. Raises ``ConnectorNotFound``, or why it cannot be used."""
    if not route:
        raise ConnectorNotFound("Sms" if sms else "Email")
    if route[0].connector is None:
        raise route[0].problem or ConnectorNotFound()
    return route[0].row, route[0].connector
