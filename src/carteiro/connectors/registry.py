"""Which connectors are installed: found by entry points, loaded when they are needed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from importlib.metadata import EntryPoint, entry_points
from typing import Any

import structlog

from carteiro.connectors.contract import Connector, ConnectorConfig, Services
from carteiro.connectors.metadata import Capabilities, ConnectorType, Metadata
from carteiro.errors import (
    CarteiroError,
    InvalidConfigGuard,
    InvalidMetadata,
    UnexpectedType,
    UnknownConnectorId,
)

GROUP = "carteiro.connectors"
"""The entry-point group; the name of an entry is the connector's factory id."""
_OWN = "carteiro."
_log = structlog.get_logger("carteiro.connectors")


class Registry:
    """The installed connectors by factory id. One that is broken is logged and left out."""

    def __init__(self, points: Iterable[EntryPoint]) -> None:
        self._points: dict[str, EntryPoint] = {}
        self._loaded: dict[str, type[Connector] | None] = {}
        # Our own come first: a plug-in cannot take the id of one.
        for point in sorted(points, key=lambda point: not point.value.startswith(_OWN)):
            if point.name in self._points:
                _log.warning("duplicate connector skipped", id=point.name, plugin=point.value)
            else:
                self._points[point.name] = point

    @classmethod
    def discover(cls) -> Registry:
        """Find what is installed in this environment; nothing is imported yet."""
        return cls(entry_points(group=GROUP))

    def has(self, factory_id: str) -> bool:
        """Whether the connector is installed and works."""
        return self._load(factory_id) is not None

    def get(self, factory_id: str) -> type[Connector]:
        """The connector. Raises ``UnknownConnectorId``."""
        factory = self._load(factory_id)
        if factory is None:
            raise UnknownConnectorId(factory_id)
        return factory

    def factories(self) -> list[type[Connector]]:
        """Every connector that works, by id."""
        loaded = (self._load(name) for name in sorted(self._points))
        return [factory for factory in loaded if factory is not None]

    def open(self, factory_id: str, config: Mapping[str, Any], services: Services) -> Connector:
        """Configure a connector. Raises ``UnknownConnectorId`` or ``InvalidConfig``."""
        factory = self.get(factory_id)
        return factory(factory.parse(config), services)

    def _load(self, factory_id: str) -> type[Connector] | None:
        if factory_id not in self._points:
            return None
        if factory_id not in self._loaded:
            self._loaded[factory_id] = self._try(self._points[factory_id])
        return self._loaded[factory_id]

    def _try(self, point: EntryPoint) -> type[Connector] | None:
        try:
            factory = point.load()
            require_contract(factory, point.name)
        except Exception as error:  # noqa: BLE001 - whatever a plug-in does, the others go on
            reason = error.code if isinstance(error, CarteiroError) else type(error).__name__
            _log.error("broken connector skipped", id=point.name, plugin=point.value, reason=reason)
            return None
        loaded: type[Connector] = factory
        return loaded


def require_contract(factory: Any, name: str) -> None:
    """Check a loaded plug-in.

    Raises ``UnexpectedType``, ``InvalidMetadata`` or ``InvalidConfigGuard``.
    """
    if not (isinstance(factory, type) and issubclass(factory, Connector)):
        raise UnexpectedType(f"{name} is not a connector class.")
    if not isinstance(factory.kind, ConnectorType):
        raise UnexpectedType(f"{name} has no connector type.")
    metadata = getattr(factory, "metadata", None)
    if not isinstance(metadata, Metadata) or metadata.id != name or "en" not in metadata.name:
        raise InvalidMetadata(f"{name} has no metadata under its own id with an English name.")
    if not isinstance(getattr(factory, "capabilities", None), Capabilities):
        raise InvalidMetadata(f"{name} does not say what it can express.")
    model = getattr(factory, "config_model", None)
    if not (isinstance(model, type) and issubclass(model, ConnectorConfig)):
        raise InvalidConfigGuard(f"{name} has no config model.")
