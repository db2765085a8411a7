"""`/api/delivery/fallback-connectors/{id}/revisions` and `…/draft`."""

from __future__ import annotations

from carteiro.api.management.config_revisions import config_router
from carteiro.flows.administer.mail.publishing import FURTHER

router = config_router(
    "/delivery/fallback-connectors/{id}", "fallback_connector", FURTHER, shown_by="get_fallback"
)
