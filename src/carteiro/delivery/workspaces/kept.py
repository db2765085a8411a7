"""The workspaces of a process: opened on first use, replaced after a change in any process."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import structlog

from carteiro.connectors.contract import Connector, Services
from carteiro.connectors.metadata import ConnectorType
from carteiro.connectors.registry import Registry
from carteiro.delivery.gates.gate import Gate, Limits
from carteiro.delivery.policy import delivery_policy, limits_of
from carteiro.delivery.workspaces.connections import open_row
from carteiro.delivery.workspaces.workspace import OpenConnector, Workspace
from carteiro.directory.settings.experience_record import record
from carteiro.errors import CarteiroError, UnknownTenant
from carteiro.languages.tags import LanguageLibrary
from carteiro.secrets import Keyring
from carteiro.storage.drivers.database import Database, Transaction
from carteiro.storage.tenancy import (
    connectors,
    experience,
    fallbacks,
    phrases,
    templates,
    tenant_settings,
    tenants,
)
from carteiro.storage.tenancy.connectors import ConnectorRow
from carteiro.storage.tenancy.fallbacks import FallbackRow
from carteiro.templates.choose import TemplateIndex

_log = structlog.get_logger("carteiro.delivery")
_GRACE = 60.0
"""Seconds that a replaced connector lives on, for sends that still use it."""


_NO_LIMITS = Limits()
_MESSAGE_TYPES = (ConnectorType.EMAIL, ConnectorType.SMS)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Stored:
    """What a workspace is made of, read in one unit."""

    tag: str
    experience: Mapping[str, Any]
    tags: Sequence[str]
    templates: Sequence[tuple[str, str, str, int]]
    connectors: Mapping[str, ConnectorRow]
    fallbacks: Sequence[FallbackRow]
    settings: Mapping[str, Mapping[str, Any]]


class Workspaces:
    """Every tenant that this process has sent for."""

    def __init__(
        self, *, database: Database, keyring: Keyring, registry: Registry, services: Services
    ) -> None:
        self._database = database
        self._keyring = keyring
        self._registry = registry
        self._services = services
        self._current: dict[str, Workspace] = {}
        self._replaced: dict[str, Workspace] = {}
        self._changes: defaultdict[str, int] = defaultdict(int)
        self._locks: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._retiring: dict[Connector, asyncio.Task[None]] = {}

    async def of(self, tenant_id: str) -> Workspace:
        """The tenant's workspace; the database is read only after a change."""
        workspace = self._current.get(tenant_id)
        if workspace is not None:
            return workspace
        async with self._locks[tenant_id]:
            return self._current.get(tenant_id) or await self._load(tenant_id)

    def current(self, tenant_id: str) -> Workspace | None:
        """The tenant's workspace, if it has been read since its last change."""
        return self._current.get(tenant_id)

    def forget(self, tenant_id: str | None) -> None:
        """Something changed: read the tenant (``None``: every tenant) again at its next send."""
        for name in [tenant_id] if tenant_id is not None else list(self._locks):
            self._changes[name] += 1
            if (workspace := self._current.pop(name, None)) is not None:
                self._replaced[name] = workspace

    async def follow_changes(self, also: Callable[[str | None], None] = lambda _: None) -> None:
        """Forget what other processes change; ``also`` lets others forget it.

        Runs until it is cancelled.
        """
        async for tenant_id in self._database.changes():
            self.forget(tenant_id)
            also(tenant_id)

    async def close(self) -> None:
        """Close every connector."""
        workspaces = [*self._current.values(), *self._replaced.values()]
        self._current.clear()
        self._replaced.clear()
        for task in self._retiring.values():
            task.cancel()
        opened = [entry for w in workspaces for entry in (w.email, w.sms, *w.fallbacks) if entry]
        idle = {entry.connector for entry in opened if entry.connector}
        await asyncio.gather(*(connector.close() for connector in idle | set(self._retiring)))

    async def _load(self, tenant_id: str) -> Workspace:
        seen = self._changes[tenant_id]

        async def work(tx: Transaction) -> _Stored:
            tenant = await tenants.get(tx, tenant_id)
            if tenant is None:
                raise UnknownTenant
            return _Stored(
                tag=tenant.tag,
                experience=await experience.get(tx, tenant_id),
                tags=await phrases.tags(tx, tenant_id),
                templates=await templates.keys(tx, tenant_id),
                connectors={row.type: row for row in await connectors.list_all(tx, tenant_id)},
                fallbacks=await fallbacks.list_all(tx, tenant_id),
                settings=await tenant_settings.all_values(tx, tenant_id),
            )

        stored = await self._database.read(work)
        before = self._replaced.pop(tenant_id, None)
        policy = delivery_policy(stored.settings.get("delivery"))
        email, sms = (stored.connectors.get(kind) for kind in _MESSAGE_TYPES)
        workspace = Workspace(
            tenant_id=tenant_id,
            database=self._database,
            experience=record(tenant_id, stored.experience),
            library=LanguageLibrary(stored.tags),
            index=TemplateIndex(key[:3] for key in stored.templates),
            revisions={key[0]: key[3] for key in stored.templates},
            email=self._connect(email, before.email if before else None, policy.limits),
            sms=self._connect(sms, before.sms if before else None),
            fallbacks=self._connect_further(stored.fallbacks, before),
            tag=stored.tag,
            settings=stored.settings,
        )
        # A change that came while the rows were read must not be lost: then the next send reads
        # again, and this one is still right as of its start.
        if self._changes[tenant_id] == seen:
            self._current[tenant_id] = workspace
        else:
            self._replaced[tenant_id] = workspace
        return workspace

    def _connect_further(
        self, rows: Sequence[FallbackRow], before: Workspace | None
    ) -> list[OpenConnector]:
        old = {entry.row.id: entry for entry in (before.fallbacks if before else ())}
        opened = []
        for row in rows:
            known = old.pop(row.id, None)
            if (entry := self._connect(row.connector, known, limits_of(row.limits))) is not None:
                opened.append(entry)
        for entry in old.values():
            self._connect(None, entry)
        return opened

    def _connect(
        self,
        row: ConnectorRow | None,
        old: OpenConnector | None,
        limits: Limits = _NO_LIMITS,
    ) -> OpenConnector | None:
        """Open the connector, or keep the one that is open when its row is still the same."""
        if old and old.row == row:
            old.gate.pacer.limits = limits
            return old
        if old and old.connector:
            self._retiring[old.connector] = asyncio.create_task(self._retire(old.connector))
        if row is None:
            return None
        try:
            config = open_row(self._keyring, row).config
            connector = self._registry.open(row.connector_id, config, self._services)
        except CarteiroError as problem:
            _log.warning(
                "connector cannot be used",
                tenant=row.tenant_id,
                connector=row.connector_id,
                code=problem.code,
            )
            return OpenConnector(row, None, problem)
        return OpenConnector(row, connector, gate=Gate(limits))

    async def _retire(self, connector: Connector) -> None:
        await asyncio.sleep(_GRACE)
        del self._retiring[connector]
        await connector.close()
