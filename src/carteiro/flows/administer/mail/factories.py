"""What a connector is made of: a factory that is installed, and a config that it accepts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from carteiro.connectors.contract import Connector
from carteiro.errors import (
    CarteiroError,
    InvalidConfig,
)
from carteiro.flows.world import World
from carteiro.model.issues import issue
from carteiro.model.limits import require_bounded


def factory_of(world: World, factory_id: str, missing: CarteiroError) -> type[Connector]:
    """An installed factory by its id. Raises what is ``missing`` for another."""
    if not world.registry.has(factory_id):
        raise missing
    return world.registry.get(factory_id)


def accepted_config(factory: type[Connector], config: Mapping[str, Any]) -> dict[str, Any]:
    """Validate, clean, validate what is left: what is stored works. Raises ``InvalidConfig``."""
    try:
        require_bounded(config)
    except ValueError as error:
        raise InvalidConfig([issue("custom", [], f"Too large: {error}.")]) from None
    factory.parse(config)
    cleaned: dict[str, Any] = deep_clean(dict(config))
    factory.parse(cleaned)
    return cleaned


def deep_clean(value: Any) -> Any:
    """Drop ``null``, ``""`` and empty containers, at any depth; ``0`` and ``False`` stay."""
    if isinstance(value, dict):
        pairs = ((key, deep_clean(inner)) for key, inner in value.items())
        return {key: inner for key, inner in pairs if not _empty(inner)}
    if isinstance(value, list):
        return [inner for inner in map(deep_clean, value) if not _empty(inner)]
    return value


def _empty(value: Any) -> bool:
    return value is None or value in ("", [], {})
