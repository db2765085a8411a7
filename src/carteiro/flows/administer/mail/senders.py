"""An administrator looks at how the domains that mail comes from are seen by receivers."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace

from carteiro.connectors.contract import Connector, SignsWith
from carteiro.delivery.workspaces.kept import relay_domain
from carteiro.delivery.workspaces.open_connector import OpenConnector
from carteiro.errors import EntityNotFound
from carteiro.flows.existing import existing
from carteiro.flows.world import World
from carteiro.model.sender_dns import SenderDns
from carteiro.senders.findings import Finding
from carteiro.senders.health import examine_domain
from carteiro.senders.judging import PublishedKey, SendingDomain
from carteiro.storage.tenancy.dkim_keys import DkimKeyRow
from carteiro.storage.tenancy.tenants import DEFAULT


@dataclass(frozen=True, slots=True, kw_only=True)
class SenderReport:
    """A connector's sender, and what was found. Without an ``address`` nothing was looked at."""

    id: str
    connector_id: str
    address: str | None = None
    domain: str | None = None
    findings: Sequence[Finding] = ()
    problem: str | None = None
    """Why nothing was looked at."""


async def examine_senders(
    world: World,
    tenant_id: str,
    *,
    connector: str | None = None,
    selectors: Sequence[str] = (),
) -> list[SenderReport]:
    """Look at the sender of each connector for mail, or of one; the DNS is asked each time.

    One that is reserved is looked at where it is asked for: there may be many. ``selectors`` are
    DKIM selectors to look at beside those that the provider is known for. Raises
    ``EntityNotFound`` for a connector that the tenant does not have.
    """
    workspace = await world.workspaces.of(tenant_id)
    route = workspace.route()
    chosen = [one for one in route if connector is None or one.row.id == connector]
    if connector is not None and not chosen:
        chosen = [existing(await workspace.reserved(connector), EntityNotFound)]
    # All at once: nobody waits for one connector's silent DNS after another's.
    return await asyncio.gather(*(_report(world, one, selectors) for one in chosen))


async def _report(world: World, opened: OpenConnector, selectors: Sequence[str]) -> SenderReport:
    row, connector = opened.row, opened.connector
    nothing = SenderReport(id=row.id, connector_id=row.connector_id)
    if connector is None:
        said = opened.problem.message if opened.problem else "It cannot be used."
        return replace(nothing, problem=said)
    address = connector.sends_from()
    if address is None:
        return replace(
            nothing, problem="No mail leaves by it, or who it is from is decided elsewhere."
        )
    sender = SendingDomain(
        domain=address.domain,
        provider=_provider(world, connector),
        keys=_keys(world, opened, connector, address.domain),
        selectors=selectors,
    )
    findings = await examine_domain(world.dns, sender)
    return replace(nothing, address=str(address), domain=address.domain, findings=tuple(findings))


def _provider(world: World, connector: Connector) -> SenderDns:
    """What the provider wants to find, also where it is reached by its mail server."""
    own = connector.sender_dns()
    if own.server is None:
        return own
    known = (factory.records for factory in world.registry.factories())
    return next((one for one in known if one.has_server(own.server)), own)


def _keys(
    world: World, opened: OpenConnector, connector: Connector, domain: str
) -> list[PublishedKey]:
    """Keys of ours that sign what this connector sends from the domain: the nearest one's."""
    rows = opened.signing.rows
    if connector.signs_with is SignsWith.RELAY:
        ours = [
            row
            for row in rows
            if (row.tenant_id, row.domain) == (DEFAULT, relay_domain(world.services))
        ]
    elif connector.signs_with is SignsWith.OWN:
        ours = [row for row in rows if row.tenant_id == opened.row.tenant_id]
    else:
        ours = []
    above = [row for row in ours if f".{domain}".endswith(f".{row.domain}")]
    nearest = max((len(row.domain) for row in above), default=0)
    return [_published(row) for row in above if len(row.domain) == nearest]


def _published(row: DkimKeyRow) -> PublishedKey:
    return PublishedKey(selector=row.selector, domain=row.domain, record=row.record)
