"""The workspaces of a process: opened on first use, replaced after a change in any process."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from functools import partial
from typing import Any

import structlog

from carteiro.connectors.contract import Connector, Services
from carteiro.connectors.metadata import ConnectorType
from carteiro.connectors.registry import Registry
from carteiro.delivery.gates.gate import Gate, Limits
from carteiro.delivery.policy import delivery_policy, limits_of
from carteiro.delivery.workspaces.connections import open_row
from carteiro.delivery.workspaces.open_connector import OpenConnector
from carteiro.delivery.workspaces.overriding import Overriding
from carteiro.delivery.workspaces.signing import NOTHING, Signing, open_signing
from carteiro.delivery.workspaces.workspace import Workspace
from carteiro.directory.settings.experience_record import record
from carteiro.errors import CarteiroError, UnknownTenant
from carteiro.languages.tags import LanguageLibrary
from carteiro.secrets import Keyring
from carteiro.storage.drivers.database import Database, Transaction
from carteiro.storage.tenancy import (
    connectors,
    dkim_keys,
    experience,
    fallbacks,
    overrides,
    phrases,
    templates,
    tenant_settings,
    tenants,
)
from carteiro.storage.tenancy.connectors import ConnectorRow
from carteiro.storage.tenancy.dkim_keys import DkimKeyRow
from carteiro.storage.tenancy.fallbacks import FallbackRow
from carteiro.storage.tenancy.overrides import OverrideRow
from carteiro.storage.tenancy.templates import TemplateSet
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
    overrides: Sequence[OverrideRow]
    settings: Mapping[str, Mapping[str, Any]]
    dkim: Sequence[DkimKeyRow]


class Workspaces:
    """Every tenant that this process has sent for."""

    def __init__(
        self, *, database: Database, keyring: Keyring, registry: Registry, services: Services
    ) -> None:
        self._database = database
        self._keyring = keyring
        self._registry = registry
        self._services = services
        self._relay_domain = relay_domain(services)
        self._current: dict[str, Workspace] = {}
        self._replaced: dict[str, Workspace] = {}
        self._changes: defaultdict[str, int] = defaultdict(int)
        self._locks: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._reserved: defaultdict[str, dict[str, OpenConnector]] = defaultdict(dict)
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
        opened += [entry for entries in self._reserved.values() for entry in entries.values()]
        self._reserved.clear()
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
                templates=await templates.keys(tx, TemplateSet(tenant_id)),
                connectors={row.type: row for row in await connectors.list_all(tx, tenant_id)},
                fallbacks=await fallbacks.list_all(tx, tenant_id),
                overrides=await overrides.digest(tx, tenant_id),
                settings=await tenant_settings.all_values(tx, tenant_id),
                dkim=await dkim_keys.signing(
                    tx, tenant_id, deployment=tenants.DEFAULT, domain=self._relay_domain
                ),
            )

        stored = await self._database.read(work)
        self._retire_reserved(tenant_id, {row.connector_id for row in stored.overrides})
        before = self._replaced.pop(tenant_id, None)
        signing = open_signing(
            self._keyring,
            stored.dkim,
            tenant_id=tenant_id,
            deployment=tenants.DEFAULT,
            domain=self._relay_domain,
            before=before.signing if before else NOTHING,
        )
        policy = delivery_policy(stored.settings.get("delivery"))
        email, sms = (stored.connectors.get(kind) for kind in _MESSAGE_TYPES)
        workspace = Workspace(
            tenant_id=tenant_id,
            database=self._database,
            experience=record(tenant_id, stored.experience),
            library=LanguageLibrary(stored.tags),
            index=TemplateIndex(key[:3] for key in stored.templates),
            revisions={key[0]: key[3] for key in stored.templates},
            email=self._connect_first(
                email, before.email if before else None, policy.limits, signing
            ),
            sms=self._connect_first(sms, before.sms if before else None),
            fallbacks=self._connect_further(stored.fallbacks, before, signing),
            overriding=Overriding(
                stored.overrides, partial(self._connect_reserved, signing=signing)
            ),
            tag=stored.tag,
            settings=stored.settings,
            signing=signing,
        )
        # A change that came while the rows were read must not be lost: then the next send reads
        # again, and this one is still right as of its start.
        if self._changes[tenant_id] == seen:
            self._current[tenant_id] = workspace
        else:
            self._replaced[tenant_id] = workspace
        return workspace

    def _connect_first(
        self,
        row: ConnectorRow | None,
        old: OpenConnector | None,
        limits: Limits = _NO_LIMITS,
        signing: Signing = NOTHING,
    ) -> OpenConnector | None:
        if row is None:
            self._let_go(old)
            return None
        return self._connect(row, old, limits, signing)

    def _connect_further(
        self, rows: Sequence[FallbackRow], before: Workspace | None, signing: Signing
    ) -> list[OpenConnector]:
        old = {entry.row.id: entry for entry in (before.fallbacks if before else ())}
        opened = [
            self._connect(row.connector, old.pop(row.id, None), limits_of(row.limits), signing)
            for row in rows
        ]
        for entry in old.values():
            self._let_go(entry)
        return opened

    def _connect_reserved(self, row: FallbackRow, signing: Signing) -> OpenConnector:
        """Open a connector that an override has to itself; it stays open over changes."""
        opened = self._reserved[row.tenant_id]
        opened[row.id] = self._connect(
            row.connector, opened.get(row.id), limits_of(row.limits), signing
        )
        return opened[row.id]

    def _retire_reserved(self, tenant_id: str, named: AbstractSet[str | None]) -> None:
        """Close those that no override names any more."""
        opened = self._reserved.get(tenant_id, {})
        for id_ in opened.keys() - named:
            self._let_go(opened.pop(id_))

    def _connect(
        self, row: ConnectorRow, old: OpenConnector | None, limits: Limits, signing: Signing
    ) -> OpenConnector:
        """Open the connector, or keep the open one while its row and its keys are the same."""
        if old and old.row == row and old.signing == signing:
            old.gate.pacer.limits = limits
            return old
        self._let_go(old)
        try:
            config = open_row(self._keyring, row).config
            services = signing.given_to(self._services)
            connector = self._registry.open(row.connector_id, config, services)
        except CarteiroError as problem:
            _log.warning(
                "connector cannot be used",
                tenant=row.tenant_id,
                connector=row.connector_id,
                code=problem.code,
            )
            return OpenConnector(row, None, problem, signing=signing)
        return OpenConnector(row, connector, gate=Gate(limits), signing=signing)

    def _let_go(self, old: OpenConnector | None) -> None:
        """Close it when nobody sends with it any more."""
        if old and old.connector:
            self._retiring[old.connector] = asyncio.create_task(self._retire(old.connector))

    async def _retire(self, connector: Connector) -> None:
        await asyncio.sleep(_GRACE)
        del self._retiring[connector]
        await connector.close()


def relay_domain(services: Services) -> str:
    """The domain that the deployment sends from by its relay; empty without a relay."""
    return services.relay.from_address.rpartition("@")[2] if services.relay else ""
