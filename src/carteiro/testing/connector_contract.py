"""The suite that every connector passes: inherit it and say how your provider acts.

    class TestMyConnector(ConnectorContract):
        factory = MyConnector
        config = {"apiKey": "k3y-of-mine"}
        secrets = ["k3y-of-mine"]
        broken = [({}, ["apiKey"])]
        outcomes = {Scenario.REFUSED: Disposition.PERMANENT, ...}

        @asynccontextmanager
        async def stage(self, scenario): ...

It needs pytest with the plugin of anyio (``anyio_mode = "auto"``). For pytest's own explanations of
failures call ``pytest.register_assert_rewrite("carteiro.testing.connector_contract")`` first.
"""

from __future__ import annotations

import asyncio
import dataclasses
import json
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from enum import StrEnum
from typing import Any, ClassVar

import pytest
from structlog.testing import capture_logs

from carteiro.connectors.contract import Connector
from carteiro.connectors.registry import require_contract
from carteiro.errors import ConnectorError, Disposition, InvalidConfig
from carteiro.model.addresses import Sender, parse_address
from carteiro.model.kinds import NOTICES, TemplateType
from carteiro.model.masking import MASK, mask
from carteiro.model.message import Message, Receipt, Rendered

CODE = "735201"
LINK = "https://app.example.test/join?token=tok_3f9c2e71&to=a%40b.test"
BOUND = 60.0
"""Seconds in which every scenario has to be over; the stage configures its time-outs below it.

It finds a connector that waits for ever, and leaves a busy machine its time: a stage is patient,
and impatient only before a provider that falls silent.
"""


class Scenario(StrEnum):
    """What the provider does."""

    ACCEPTED = "accepted"
    """It takes every message over."""
    REFUSED = "refused"
    """It refuses the message, and quotes it where it can."""
    THROTTLED = "throttled"
    """It asks to slow down."""
    WRONG_KEY = "wrong key"
    """It does not know our credentials, and quotes them where it can."""
    BROKEN_REPLY = "broken reply"
    """It takes the message and says something that is not in its protocol."""
    HUNG = "hung"
    """It takes the message and says nothing."""
    DOWN = "down"
    """Nobody listens."""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """A connector before a provider that plays a scenario.

    ``connections`` counts what has been opened towards the provider: clients or connections.
    """

    connector: Connector
    connections: Callable[[], int]


def sample_message(**changes: Any) -> Message:
    """A sign-in code with a link, rendered; ``changes`` replace fields."""
    message = Message(
        id="0contract0message0id0",
        to=parse_address("person@example.test"),
        type=TemplateType.SIGN_IN,
        payload={"code": CODE, "link": LINK, "locale": "pt-BR"},
        created_at=1_767_225_600_000,
        content=Rendered(
            subject="Seu código de acesso",
            text=f"Código: {CODE}\n{LINK}\n",
            html=f"<p>Código: <b>{CODE}</b></p><p>{LINK}</p>",
            sender=Sender("Acme"),
            language="pt-BR",
        ),
        ip="192.0.2.7",
    )
    return dataclasses.replace(message, **changes)


class ConnectorContract(ABC):
    """What a connector promises to the rest of Carteiro."""

    factory: ClassVar[type[Connector]]
    config: ClassVar[Mapping[str, Any]]
    """A valid config with every secret set."""
    secrets: ClassVar[Sequence[str]] = ()
    """Values of ``config`` that may never be shown."""
    broken: ClassVar[Sequence[tuple[Mapping[str, Any], Sequence[str | int]]]]
    """Configs that must be refused, each with the path of its first issue."""
    outcomes: ClassVar[Mapping[Scenario, Disposition | None]]
    """What each scenario ends in: a disposition, or ``None`` for a receipt."""

    inapplicable: ClassVar[frozenset[Scenario]] = frozenset()
    """Scenarios that this provider cannot play: a folder knows no wrong key."""
    provider_loggers: ClassVar[frozenset[str]] = frozenset()
    """Loggers of the provider's stand-in: what it logs of its requests is its own affair."""

    @abstractmethod
    def stage(self, scenario: Scenario) -> AbstractAsyncContextManager[Stage]:
        """Set a scenario up, with a connector made from ``config``, and take it down again."""

    def test_it_keeps_the_contract_of_a_plugin(self) -> None:
        require_contract(self.factory, self.factory.metadata.id)

    def test_its_metadata_is_complete_for_people(self) -> None:
        metadata = self.factory.metadata

        assert metadata.name["en"].strip()
        assert metadata.description["en"].strip()
        assert metadata.readme.strip()
        assert metadata.logo.startswith(("data:image/", "https://"))
        assert json.loads(json.dumps(metadata.wire())) == metadata.wire()

    def test_every_config_field_is_described(self) -> None:
        fields = self.factory.config_model.model_fields

        assert [name for name, field in fields.items() if not field.description] == []

    def test_the_form_asks_for_every_required_field_and_nothing_unknown(self) -> None:
        fields = self.factory.config_model.model_fields
        keys = {field.alias or name for name, field in fields.items()}
        required = {field.alias or name for name, field in fields.items() if field.is_required()}
        asked = [item.key for item in self.factory.metadata.form_items]

        assert required <= set(asked) <= keys
        assert len(asked) == len(set(asked))
        assert required <= {item.key for item in self.factory.metadata.form_items if item.required}

    def test_the_form_hides_secrets(self) -> None:
        items = self.factory.metadata.form_items
        hidden = {item.key for item in items if item.is_confidential}
        secret = {item.key for item in items if self._holds_secret(item.key)}

        assert secret <= hidden

    def test_secrets_are_masked_where_a_config_is_shown(self) -> None:
        shown = json.dumps(mask(dict(self.config)))

        assert [secret for secret in self.secrets if secret in shown] == []
        assert not self.secrets or MASK in shown

    def test_its_config_is_accepted_with_unknown_keys_and_no_trace_of_secrets(self) -> None:
        parsed = self.factory.parse({**self.config, "fromAnotherVersion": {"a": 1}})

        self.assert_silent(repr(parsed), str(parsed))

    def test_a_broken_config_gives_the_issue_list_of_the_wire(self) -> None:
        assert self.broken or not any(
            field.is_required() for field in self.factory.config_model.model_fields.values()
        )
        for config, path in self.broken:
            with pytest.raises(InvalidConfig) as caught:
                self.factory.parse(config)
            issues = caught.value.issues

            assert list(issues[0]["path"]) == list(path)
            assert all({"code", "path", "message"} <= set(issue) for issue in issues)
            assert caught.value.data == {"issues": list(issues), "name": "ZodError"}
            self.assert_silent(json.dumps(caught.value.data))

    def test_null_is_not_a_way_to_leave_a_field_out(self) -> None:
        for name, field in self.factory.config_model.model_fields.items():
            config = {**self.config, (field.alias or name): None}

            with pytest.raises(InvalidConfig):
                self.factory.parse(config)

    def test_every_scenario_has_an_outcome(self) -> None:
        assert set(self.outcomes) == set(Scenario) - self.inapplicable
        assert self.outcomes[Scenario.ACCEPTED] is None

    @pytest.mark.parametrize("scenario", list(Scenario))
    async def test_each_scenario_ends_in_time_as_it_should_and_shows_no_secret(
        self, scenario: Scenario, caplog: pytest.LogCaptureFixture
    ) -> None:
        if scenario in self.inapplicable:
            return
        caplog.set_level("DEBUG")

        async with self.stage(scenario) as stage:
            with capture_logs() as logs:
                async with asyncio.timeout(BOUND):
                    outcome = await self._outcome(stage.connector, sample_message())
            shown = repr(stage.connector) + repr(stage.connector.config)
            await stage.connector.close()

        disposition = outcome.disposition if isinstance(outcome, ConnectorError) else None
        assert disposition == self.outcomes[scenario]
        if isinstance(outcome, ConnectorError):
            assert outcome.message
            assert outcome.data
            shown += f"{outcome!r} {outcome} {json.dumps(outcome.data, ensure_ascii=False)}"
        said = [
            caplog.handler.format(record)
            for record in caplog.records
            if record.name not in self.provider_loggers
        ]
        self.assert_silent(shown, repr(outcome), repr(logs), *said)

    async def test_closing_twice_is_closing_once(self) -> None:
        async with self.stage(Scenario.ACCEPTED) as stage:
            await stage.connector.send(sample_message())

            await stage.connector.close()
            await stage.connector.close()

    async def test_closing_before_the_first_send_is_fine(self) -> None:
        async with self.stage(Scenario.ACCEPTED) as stage:
            await stage.connector.close()

    async def test_a_hundred_sends_open_no_more_than_the_first(self) -> None:
        async with self.stage(Scenario.ACCEPTED) as stage:
            await stage.connector.send(sample_message())
            after_one = stage.connections()

            for _ in range(99):
                await stage.connector.send(sample_message())

            assert stage.connections() == after_one <= 1
            await stage.connector.close()

    async def test_every_type_of_message_that_brings_something_is_taken(self) -> None:
        async with self.stage(Scenario.ACCEPTED) as stage:
            for kind in TemplateType:
                if kind in NOTICES:  # some providers have a template for those only if it is given
                    continue
                receipt = await stage.connector.send(sample_message(type=kind))

                assert isinstance(receipt, Receipt)
            await stage.connector.close()

    def assert_silent(self, *shown: str) -> None:
        """Fail when a text holds a secret, the code or the link."""
        for secret in (*self.secrets, CODE, LINK):
            assert not [text for text in shown if secret in text], "a secret is shown"

    async def _outcome(self, connector: Connector, message: Message) -> Receipt | ConnectorError:
        try:
            return await connector.send(message)
        except ConnectorError as error:
            return error

    def _holds_secret(self, key: str) -> bool:
        value = json.dumps(self.config.get(key))
        named = mask({key: "x"}) == {key: MASK}
        return named or any(secret in value for secret in self.secrets)
