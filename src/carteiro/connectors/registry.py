"""Which connectors are installed: found by entry points, loaded when they are needed."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from typing import Any, NoReturn

import structlog

from carteiro.connectors.contract import Connector, ConnectorConfig, Services
from carteiro.connectors.metadata import Capabilities, ConnectorType, Metadata
from carteiro.errors import (
    InvalidConfigGuard,
    InvalidMetadata,
    UnexpectedType,
    UnknownConnectorId,
)

GROUP = "carteiro.connectors"
"""The entry-point group; the name of an entry is the connector's factory id."""
_OWN = "carteiro."
_COMMON = {"email", "mail", "service", "sms"}
"""Words of ids that say nothing about which one is meant."""
_SHORT = {
    "smtp": "simple-mail-transfer-protocol",
    "ses": "aws-ses-mail",
    "built": "logto-email",
    "builtin": "logto-email",
}
_TAG = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*")
_log = structlog.get_logger("carteiro.connectors")


@cache
def _installed() -> tuple[EntryPoint, ...]:
    """What stands in the files of every package here: once per process, as it is not read fast."""
    return tuple(entry_points(group=GROUP))


class Registry:
    """The installed connectors by factory id. One that is broken is logged and left out.

    A module is imported when its connector is first asked for, once per process.
    """

    def __init__(self, points: Iterable[EntryPoint]) -> None:
        self._points: dict[str, EntryPoint] = {}
        self._loaded: dict[str, type[Connector] | None] = {}
        self._missing: dict[str, str] = {}
        # Our own come first: a plug-in cannot take the id of one.
        for point in sorted(points, key=lambda point: not point.value.startswith(_OWN)):
            if point.name in self._points:
                _log.warning("duplicate connector skipped", id=point.name, plugin=point.value)
            else:
                self._points[point.name] = point

    @classmethod
    def discover(cls) -> Registry:
        """Find what is installed in this environment; nothing is imported yet."""
        return cls(_installed())

    def with_factories(self, *factories: type[Connector]) -> Registry:
        """A copy that also knows these classes, such as ``testing.OutboxConnector``.

        Raises ``UnexpectedType``, ``InvalidMetadata`` or ``InvalidConfigGuard``.
        """
        copy = Registry(self._points.values())
        for factory in factories:
            name = factory.metadata.id
            require_contract(factory, name)
            copy._points[name] = EntryPoint(name, f"{factory.__module__}:{factory.__name__}", GROUP)
            copy._loaded[name] = factory
        return copy

    def ids(self) -> list[str]:
        """The ids that are declared, in order, whether or not they load."""
        return sorted(self._points)

    def has(self, factory_id: str) -> bool:
        """Whether the connector is installed and works."""
        return self._load(factory_id) is not None

    def get(self, factory_id: str) -> type[Connector]:
        """The connector. Raises ``UnknownConnectorId``."""
        factory = self._load(factory_id)
        if factory is None:
            raise UnknownConnectorId(
                factory_id, missing=self._missing.get(factory_id), near=self._near(factory_id)
            )
        return factory

    def factories(self) -> list[type[Connector]]:
        """Every connector that works, by id."""
        loaded = (self._load(name) for name in self.ids())
        return [factory for factory in loaded if factory is not None]

    def open(
        self, factory_id: str, config: Mapping[str, Any] | ConnectorConfig, services: Services
    ) -> Connector:
        """Configure a connector. Raises ``UnknownConnectorId`` or ``InvalidConfig``."""
        factory = self.get(factory_id)
        return factory(factory.parse(config), services)

    def _near(self, factory_id: str) -> list[str]:
        """Ids that were perhaps meant: a misspelt id, or a provider's name for one."""
        words = {word for word in re.split(r"[^a-z0-9]+", factory_id.lower()) if len(word) > 2}
        named = [name for name in self.ids() if words & set(name.split("-")) - _COMMON]
        named += [_SHORT[word] for word in sorted(words & _SHORT.keys())]
        close = get_close_matches(factory_id.lower(), self.ids(), n=3, cutoff=0.75)
        return [name for name in dict.fromkeys([*close, *named]) if name in self._points][:3]

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
        except (Exception, SystemExit) as error:  # noqa: BLE001 - whatever a plug-in does, the others go on
            if isinstance(error, ModuleNotFoundError) and point.value.startswith(_OWN):
                # One of ours needs a library of its vendor's, which is an extra: nothing is broken.
                self._missing[point.name] = error.name or "a module"
                return None
            reason = f"{type(error).__name__}: {error}"
            _log.error("broken connector skipped", id=point.name, plugin=point.value, reason=reason)
            return None
        loaded: type[Connector] = factory
        return loaded


def require_contract(factory: Any, name: str) -> None:
    """Check a loaded plug-in against the contract.

    Whether its package fits this version of Carteiro is what its own requirement on ``carteiro``
    says to the installer. Raises ``UnexpectedType``, ``InvalidMetadata`` or ``InvalidConfigGuard``.
    """
    if not (isinstance(factory, type) and issubclass(factory, Connector)):
        raise UnexpectedType(f"{name} is not a connector class.")
    if not isinstance(getattr(factory, "kind", None), ConnectorType) or inspect.isabstract(factory):
        raise UnexpectedType(f"{name} has no type or no send.")
    _require_metadata(getattr(factory, "metadata", None), name)
    if not isinstance(getattr(factory, "capabilities", None), Capabilities):
        raise InvalidMetadata(f"{name} does not say what it can express.")
    model = getattr(factory, "config_model", None)
    if not (isinstance(model, type) and issubclass(model, ConnectorConfig)):
        raise InvalidConfigGuard(f"{name} has no config model.")


def _require_metadata(metadata: Any, name: str) -> None:
    def wrong(what: str) -> NoReturn:
        raise InvalidMetadata(f"The metadata of {name} {what}.")

    if not isinstance(metadata, Metadata):
        wrong("is missing")
    if metadata.id != name:
        wrong(f"has the id {metadata.id!r}, which is not its entry point's name")
    for texts in (metadata.name, metadata.description):
        if "en" not in texts or not all(_TAG.fullmatch(tag) for tag in texts):
            wrong("needs names and descriptions by language tag, English among them")
