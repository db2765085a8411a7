"""Every documented operation under generated input: no defect, and answers of the shapes said."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import schemathesis
import uvicorn
from hypothesis import HealthCheck, given, settings

from carteiro.app import create_app
from carteiro.flows.administer.access.applications import create_application
from carteiro.flows.administer.mail.connectors import NewConnector, create_connector
from carteiro.runtime.opening import open_world
from carteiro.settings import read_settings
from carteiro.storage.migrations.run import migrate
from carteiro.testing.postgres import PostgresServer, free_port


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def served(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[str, str]]:
    folder: Path = tmp_path_factory.mktemp("fuzz")
    if request.param == "sqlite":
        url = f"sqlite:///{folder / 'fuzz.db'}"
    else:
        server: PostgresServer = request.getfixturevalue("postgres")
        url = server.dsn("fuzz")
    migrate(url)
    port = free_port()
    deployment = read_settings(
        {},
        database_url=url,
        secret_keys="test:" + "A" * 43 + "=",
        public_url=f"http://127.0.0.1:{port}",
        mailbox=folder / "mailbox",
        egress_guard=False,
    )

    async def token() -> str:
        async with open_world(deployment) as world:
            made = await create_application(world, "default", name="fuzz", is_admin=True)
            await create_connector(world, "default", NewConnector(connector_id="logto-email"))
            return await world.tokens.issue(
                tenant_id="default",
                issuer=f"http://127.0.0.1:{port}/oidc",
                client_id=made.id,
                audience=made.resource,
                scope="all",
            )

    bearer = asyncio.run(token())
    config = uvicorn.Config(create_app(deployment), port=port, log_config=None, access_log=False)
    running = uvicorn.Server(config)
    thread = threading.Thread(target=running.run, daemon=True)
    thread.start()
    while not running.started:
        threading.Event().wait(0.02)
    yield f"http://127.0.0.1:{port}", bearer
    running.should_exit = True
    thread.join(10)


# Hypothesis looks whether its strategies draw from `random`; the queue engine does in our thread.
@pytest.mark.filterwarnings("ignore:Do not use the `random` module")
def test_no_operation_answers_with_a_defect_or_in_another_shape(served: tuple[str, str]) -> None:
    base, bearer = served
    schema = schemathesis.openapi.from_url(f"{base}/api/swagger.json")
    labels = []

    for result in schema.get_all_operations():
        operation = result.ok()

        @settings(
            max_examples=6, deadline=None, database=None, suppress_health_check=list(HealthCheck)
        )
        @given(case=operation.as_strategy())
        def hold(case: Any) -> None:
            answer = case.call(headers={"Authorization": f"Bearer {bearer}"})
            # 501 is the wire's answer to a message that no connector can send.
            assert answer.status_code < 500 or answer.status_code == 501, answer.text
            case.operation.validate_response(answer)

        hold()
        labels.append(operation.label)

    assert len(labels) >= 120
