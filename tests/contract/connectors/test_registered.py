"""Every registered connector stands before the contract: none is without its fixture."""

import importlib.util
import sys
from pathlib import Path

import pytest

from carteiro.connectors.registry import Registry
from carteiro.testing.connector_contract import ConnectorContract

HERE = Path(__file__).parent


def covered(module: Path) -> set[str]:
    """The ids of the connectors that a test module holds to the contract."""
    spec = importlib.util.spec_from_file_location(f"contract_of_{module.stem}", module)
    assert spec is not None
    assert spec.loader is not None
    loaded = sys.modules[spec.name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(loaded)
    return {
        value.factory.metadata.id
        for value in vars(loaded).values()
        if isinstance(value, type)
        and issubclass(value, ConnectorContract)
        and value is not ConnectorContract
        and value.__name__.startswith("Test")
    }


@pytest.fixture(scope="module")
def held() -> set[str]:
    modules = [module for module in HERE.glob("test_*.py") if module != Path(__file__)]
    return set().union(*map(covered, modules))


@pytest.mark.parametrize("factory_id", Registry.discover().ids())
def test_a_registered_connector_is_held_to_the_contract(factory_id: str, held: set[str]) -> None:
    assert factory_id in held, f"add tests/contract/connectors/ with a contract for {factory_id}"


def test_ids_targets_and_english_names_are_unique() -> None:
    factories = Registry.discover().factories()

    for read in (
        lambda factory: factory.metadata.id,
        lambda factory: factory.metadata.target,
        lambda factory: factory.metadata.name["en"],
    ):
        values = [read(factory) for factory in factories]
        assert len(values) == len(set(values))


def test_every_name_and_description_is_there_in_brazilian_portuguese() -> None:
    for factory in Registry.discover().factories():
        if factory.__module__.startswith("carteiro."):
            assert {"en", "pt-BR"} <= set(factory.metadata.name)
            assert {"en", "pt-BR"} <= set(factory.metadata.description)
