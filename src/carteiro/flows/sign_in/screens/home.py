"""Where somebody goes back to whose way through the pages is over."""

from __future__ import annotations

import json
from urllib.parse import urlsplit

from carteiro.flows.world import World
from carteiro.storage.tenancy import applications


async def home_of(world: World, tenant_id: str, application_id: str | None) -> str | None:
    """The site of an application: where its people are sent back to, without the path.

    ``None`` for one that has none on the web, is part of the service, or is unknown.
    """
    if application_id is None:
        return None
    row = await world.database.read(lambda tx: applications.get(tx, tenant_id, application_id))
    if row is None:
        return None
    for address in json.loads(row.oidc_client_metadata).get("redirectUris", ()):
        parts = urlsplit(address)
        if parts.scheme in {"https", "http"} and "*" not in parts.netloc:
            return f"{parts.scheme}://{parts.netloc}/"
    return None
