"""`/api/email-templates/{id}/revisions` and `…/draft`: nothing that was live is lost."""

from __future__ import annotations

from carteiro.api.management.template_revisions import template_router


def _tenants() -> None:
    """The tenant's own templates have no owner."""


router = template_router("Email templates", "/email-", "template", _tenants)
