"""`/api/connectors/{id}/revisions` and `…/draft`."""

from __future__ import annotations

from carteiro.api.management.config_revisions import config_router
from carteiro.flows.administer.mail.publishing import FIRST

router = config_router("/connectors/{id}", "connector", FIRST, shown_by="get_connector")
