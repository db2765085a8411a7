"""`/api/delivery/reserved-connectors/{id}/revisions` and `…/draft`."""

from __future__ import annotations

from carteiro.api.management.config_revisions import config_router
from carteiro.flows.administer.mail.publishing import RESERVED

router = config_router(
    "/delivery/reserved-connectors/{id}", "reserved_connector", RESERVED, shown_by="get_reserved"
)
