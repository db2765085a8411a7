"""Finding connectors: entry points, laziness, and plug-ins that are broken in every way."""

import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from carteiro.connectors.contract import Connector, Services
from carteiro.connectors.metadata import TemplateSupport
from carteiro.connectors.registry import GROUP, Registry, require_contract
from carteiro.errors import (
    InvalidConfig,
    InvalidConfigGuard,
    InvalidMetadata,
    UnexpectedType,
    UnknownConnectorId,
)
from carteiro.testing.outbox import OutboxConfig, OutboxConnector

OWN = ["http-email", "logto-email", "simple-mail-transfer-protocol"]
GOOD = """
from carteiro.connectors.contract import Connector, ConnectorConfig
from carteiro.connectors.metadata import Capabilities, ConnectorType, Metadata, TemplateSupport
from carteiro.model.message import Receipt

class Good(Connector):
    metadata = Metadata(id="good", target="good", name={"en": "Good"},
                        description={"en": "Good", "pt-BR": "Bom"}, logo="", readme="")
    capabilities = Capabilities(templates=TemplateSupport.OWN)
    config_model = ConnectorConfig
    async def send(self, message):
        return Receipt()

class NoMetadata(Good):
    metadata = None
class OtherId(Good):
    metadata = Good.metadata.model_copy(update={"id": "other"})
class NoEnglish(Good):
    metadata = Good.metadata.model_copy(update={"name": {"pt-BR": "Bom"}})
class NoEnglishDescription(Good):
    metadata = Good.metadata.model_copy(update={"description": {}})
class NoTag(Good):
    metadata = Good.metadata.model_copy(update={"name": {"en": "Good", "English!": "Good"}})
class NoCapabilities(Good):
    capabilities = None
class NoConfigModel(Good):
    config_model = None
class NotAConfigModel(Good):
    config_model = dict
class NoType(Good):
    kind = "Email or so"
class NoSend(Connector):
    metadata, capabilities, config_model = Good.metadata, Good.capabilities, ConnectorConfig
class Foreign:
    metadata = Good.metadata
def function():
    return Good
"""


@pytest.fixture
def plugin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A module on the path that holds plug-ins."""
    (tmp_path / "carteiro_plugin.py").write_text(GOOD)
    (tmp_path / "carteiro_exploding.py").write_text("raise RuntimeError('boom')")
    (tmp_path / "carteiro_exiting.py").write_text("raise SystemExit(3)")
    monkeypatch.syspath_prepend(tmp_path)
    yield "carteiro_plugin"
    for name in [name for name in sys.modules if name.startswith("carteiro_")]:
        del sys.modules[name]


def point(value: str, name: str = "good") -> EntryPoint:
    return EntryPoint(name, value, GROUP)


def test_the_installed_connectors_are_found_by_id() -> None:
    registry = Registry.discover()

    assert set(OWN) <= set(registry.ids())
    assert [factory.metadata.id for factory in registry.factories()] == registry.ids()


def test_a_plugin_is_found_beside_our_own(plugin: str) -> None:
    registry = Registry([point(f"{plugin}:Good")])

    assert registry.get("good").__name__ == "Good"
    assert registry.has("good")


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("NoMetadata", InvalidMetadata),
        ("OtherId", InvalidMetadata),
        ("NoEnglish", InvalidMetadata),
        ("NoEnglishDescription", InvalidMetadata),
        ("NoTag", InvalidMetadata),
        ("NoCapabilities", InvalidMetadata),
        ("NoConfigModel", InvalidConfigGuard),
        ("NotAConfigModel", InvalidConfigGuard),
        ("NoType", UnexpectedType),
        ("NoSend", UnexpectedType),
        ("Foreign", UnexpectedType),
        ("function", UnexpectedType),
    ],
)
def test_a_plugin_against_the_contract_is_refused_and_left_out(
    plugin: str, name: str, reason: type[Exception]
) -> None:
    broken = point(f"{plugin}:{name}")
    registry = Registry([broken])

    with pytest.raises(reason):
        require_contract(broken.load(), "good")
    with capture_logs() as logs:
        assert registry.factories() == []

    assert [(log["log_level"], log["event"], log["id"]) for log in logs] == [
        ("error", "broken connector skipped", "good")
    ]
    assert reason.__name__ in logs[0]["reason"]


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ("carteiro_exploding:Any", "RuntimeError: boom"),
        ("carteiro_exiting:Any", "SystemExit: 3"),
        ("carteiro_missing:Any", "ModuleNotFoundError"),
        ("carteiro_plugin:Missing", "AttributeError"),
    ],
)
def test_a_plugin_that_does_not_load_is_logged_once_and_the_others_go_on(
    plugin: str, value: str, reason: str
) -> None:
    registry = Registry([point(value, "broken"), point(f"{plugin}:Good")])

    with capture_logs() as logs:
        found = [[factory.metadata.id for factory in registry.factories()] for _ in range(2)]

    assert found == [["good"], ["good"]]
    assert [log["id"] for log in logs] == ["broken"]
    assert logs[0]["reason"].startswith(reason)
    with pytest.raises(UnknownConnectorId):
        registry.get("broken")


def test_the_first_of_two_with_one_id_stays(plugin: str) -> None:
    with capture_logs() as logs:
        registry = Registry([point(f"{plugin}:Good"), point("carteiro_exploding:Any")])

    assert registry.get("good").__name__ == "Good"
    assert [log["event"] for log in logs] == ["duplicate connector skipped"]


def test_a_plugin_cannot_take_the_id_of_one_of_ours(plugin: str) -> None:
    own = point("carteiro.connectors.providers.http_email:HttpEmailConnector", "http-email")

    with capture_logs() as logs:
        registry = Registry([point(f"{plugin}:Good", "http-email"), own])

    assert registry.get("http-email").__name__ == "HttpEmailConnector"
    assert logs[0]["plugin"] == f"{plugin}:Good"


def test_an_id_that_is_not_installed_is_unknown(services: Services) -> None:
    registry = Registry.discover()

    assert not registry.has("nobody")
    with pytest.raises(UnknownConnectorId):
        registry.open("nobody", {}, services)


def test_opening_validates_the_config(services: Services) -> None:
    registry = Registry.discover()

    opened = registry.open("http-email", {"endpoint": "https://example.com/"}, services)

    assert opened.config.endpoint == "https://example.com/"
    with pytest.raises(InvalidConfig):
        registry.open("http-email", {}, services)


def test_a_test_can_add_a_class_of_its_own(services: Services) -> None:
    registry = Registry.discover().with_factories(OutboxConnector)

    assert isinstance(registry.open("outbox", {}, services), OutboxConnector)
    assert "http-email" in registry.ids()
    assert "outbox" not in Registry.discover().ids()
    with pytest.raises(InvalidConfigGuard):
        registry.with_factories(type("Wrong", (OutboxConnector,), {"config_model": OutboxConfig()}))


@pytest.mark.parametrize("factory_id", OWN)
def test_one_connector_is_loaded_without_the_others(factory_id: str) -> None:
    script = (
        "import sys; from carteiro.connectors.registry import Registry\n"
        "registry = Registry.discover(); before = set(sys.modules)\n"
        f"registry.get({factory_id!r})\n"
        "names = ('http_email', 'builtin', 'smtp')\n"
        "print(*[n for n in names if f'carteiro.connectors.providers.{n}' in set(sys.modules) - before])"
    )

    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=30
    )

    module = {"http-email": "http_email", "logto-email": "builtin"}.get(factory_id, "smtp")
    assert done.stdout.split() == [module]


def test_each_connector_that_ships_with_words_tells_previews_its_sender() -> None:
    shipped = Registry.discover().factories()

    silent = {
        factory.metadata.id
        for factory in shipped
        if factory.written is Connector.written
        and factory.capabilities.templates is not TemplateSupport.PROVIDER
    }

    assert silent == set()
