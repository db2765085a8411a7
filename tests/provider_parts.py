"""What tests of providers share."""

from __future__ import annotations

import importlib
import json
import re
from pathlib import Path
from typing import Any

from carteiro.connectors.contract import Connector
from carteiro.connectors.http.api import HttpApiConnector
from carteiro.connectors.http.endpoint import HttpEndpointConnector
from carteiro.connectors.registry import Registry
from carteiro.model.kinds import REQUIRED_USAGE_TYPES

PAGES = Path(__file__).parents[1] / "docs/reference/connectors"


def documented(factory_id: str) -> dict[str, Any]:
    """The tested configuration of a connector's page: it is tested because it is taken from there."""
    page = (PAGES / f"{factory_id}.md").read_text("utf-8")
    block = re.search(r"```json\n(.*?)```", page, re.DOTALL)
    assert block, f"the page of {factory_id} has no configuration"
    return json.loads(block[1])


def without(config: dict[str, Any], *names: str) -> dict[str, Any]:
    """A copy that lacks some keys."""
    return {name: value for name, value in config.items() if name not in names}


def broken_by_absence(config: dict[str, Any], *required: str) -> list[Any]:
    """The config without each of its required fields, and with what no field takes."""
    lacking = [(without(config, name), [name]) for name in required]
    wrong = [({**config, name: 7}, [name]) for name in required]
    return [*lacking, *wrong]


def broken_templates(config: dict[str, Any]) -> list[Any]:
    """Lists of templates that lack a type that must be there."""
    templates = config["templates"]
    gaps = [
        [entry for entry in templates if entry["usageType"] != kind]
        for kind in REQUIRED_USAGE_TYPES
    ]
    return [({**config, "templates": gap}, ["templates"]) for gap in [*gaps, []]]


def api_connectors() -> list[type[HttpApiConnector]]:
    """The connectors with a vendor's HTTP API."""
    found = [f for f in Registry.discover().factories() if issubclass(f, HttpApiConnector)]
    own = [factory for factory in found if factory.__module__.startswith("carteiro.")]
    return [factory for factory in own if not issubclass(factory, HttpEndpointConnector)]


def contract_of(factory: type[Connector]) -> Any:
    """The contract that the connector is held to: how its provider answers."""
    name = factory.__module__.rpartition(".")[2]
    module = importlib.import_module(f"contract.connectors.test_{name}")
    found = [
        value
        for name, value in vars(module).items()
        if name.startswith("Test") and getattr(value, "factory", None) is factory
    ]
    return found[0]
