"""The folder connector passes the suite of Carteiro's own, and writes what it is given."""

import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from email import message_from_bytes
from email.policy import default
from pathlib import Path
from typing import Any, ClassVar

from carteiro_folder import FolderConnector

from carteiro.connectors.contract import Services
from carteiro.connectors.egress.guard import EgressPolicy
from carteiro.connectors.http.client import HttpClient
from carteiro.connectors.registry import Registry
from carteiro.errors import Disposition
from carteiro.testing.clock import FrozenClock
from carteiro.testing.connector_contract import (
    CODE,
    ConnectorContract,
    Scenario,
    Stage,
    sample_message,
)

SERVICES = Services(http=HttpClient(EgressPolicy(enabled=True)), clock=FrozenClock())


class TestFolder(ConnectorContract):
    """The inherited suite; a folder refuses only when it is none."""

    factory = FolderConnector
    config: ClassVar[dict[str, Any]] = {
        "folder": "/var/mail",
        "fromEmail": "Acme <no-reply@acme.test>",
    }
    broken = (
        ({}, ["folder"]),
        ({"folder": "/var/mail"}, ["fromEmail"]),
        ({"folder": "/var/mail", "fromEmail": "nobody"}, ["fromEmail"]),
    )
    outcomes: ClassVar[dict[Scenario, Disposition | None]] = {
        Scenario.ACCEPTED: None,
        Scenario.REFUSED: Disposition.TRANSIENT,
        Scenario.DOWN: Disposition.TRANSIENT,
    }
    inapplicable = frozenset(
        {Scenario.THROTTLED, Scenario.WRONG_KEY, Scenario.BROKEN_REPLY, Scenario.HUNG}
    )

    @asynccontextmanager
    async def stage(self, scenario: Scenario) -> AsyncIterator[Stage]:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder)
            if scenario is Scenario.REFUSED:
                path /= "file"
                path.touch()
            if scenario is Scenario.DOWN:
                path /= "missing"
            config = self.factory.parse({**self.config, "folder": str(path)})
            yield Stage(connector=self.factory(config, SERVICES), connections=lambda: 0)


def test_it_is_found_by_its_entry_point() -> None:
    """Carteiro knows the package once it is installed."""
    assert Registry.discover().get("folder-email") is FolderConnector


async def test_the_file_is_the_mail(tmp_path: Path) -> None:
    """One file in the folder, whatever the message's id would like."""
    config = {"folder": str(tmp_path), "fromEmail": "Acme <no-reply@acme.test>"}
    connector = Registry.discover().open("folder-email", config, SERVICES)

    await connector.send(sample_message(id="../outside"))

    (file,) = tmp_path.iterdir()  # noqa: ASYNC240 - a test has nobody to wait for
    mail = message_from_bytes(file.read_bytes(), policy=default)
    assert mail["To"] == "person@example.test"
    assert mail["From"] == "Acme <no-reply@acme.test>"
    assert CODE in mail.get_body(("plain",)).get_content()
