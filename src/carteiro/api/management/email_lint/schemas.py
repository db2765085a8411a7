"""What is asked of the lint."""

from __future__ import annotations

from carteiro.api.management.email_templates.schemas import TemplateDetails, Type
from carteiro.model.wire import Wire


class LintWish(Wire):
    """A template to look at; it need not be stored."""

    template_type: Type
    details: TemplateDetails
