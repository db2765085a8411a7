"""`/api/overrides/{owners}/{owner_id}/templates/{id}/revisions` and `…/draft`, as the tenant's."""

from __future__ import annotations

from carteiro.api.management.overrides.schemas import owner_of
from carteiro.api.management.template_revisions import template_router

_ROOT = "/overrides/{owners}/{owner_id}/"
router = template_router("Overrides", _ROOT, "override_template", owner_of)
