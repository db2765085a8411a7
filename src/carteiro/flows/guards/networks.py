"""How many wrong codes the people of one network may type, whatever addresses they are for.

An address has limits of its own. Somebody who guesses once for each of many addresses meets none
of them, and this one.
"""

from __future__ import annotations

from carteiro.delivery.gates.buckets import network_hash
from carteiro.delivery.workspaces.workspace import Workspace
from carteiro.directory.settings.tenant_settings import SettingName
from carteiro.flows.world import World
from carteiro.storage.drivers.database import Question
from carteiro.storage.mail import rates
from carteiro.storage.mail.rates import Rate

_HOUR = 3_600_000
_BUCKET = "network-tries"


def wrong_tries_of(world: World, workspace: Workspace, address: str | None) -> Rate | None:
    """The bucket of the network that a person's ``address`` is of; ``None`` without a limit."""
    most = wrong_tries_per_hour(workspace)
    if most is None or address is None:
        return None
    owner = network_hash(world.keyring, workspace.tenant_id, address)
    if owner is None:
        return None
    return Rate(
        tenant_id=workspace.tenant_id, bucket=_BUCKET, owner_hash=owner, sends=most, window=_HOUR
    )


def wrong_tries_per_hour(workspace: Workspace) -> int | None:
    """What the tenant has set."""
    most: int | None = (workspace.settings.get(SettingName.PROTECTION) or {}).get(
        "networkWrongTriesPerHour"
    )
    return most


def asked_of_network(world: World, workspace: Workspace, address: str | None) -> list[Question]:
    """What is asked of that bucket, to be asked together with what else is needed."""
    rate = wrong_tries_of(world, workspace, address)
    return [] if rate is None else [rates.reading(rate)]
