"""The prebuilt mails as their templates stand before they are compiled, for the lint."""

from collections.abc import Iterator
from importlib import import_module
from typing import Any

import pytest

from carteiro.model.kinds import NOTICES, TemplateType
from carteiro.model.message import TemplateSource
from carteiro.templates.compiled import CompiledTemplate
from carteiro.templates.kinds import sample_context
from carteiro.templates.placeholders import PLACEHOLDER
from carteiro.templates.values import look_up

# The room has a function of the module's name.
compose = import_module("carteiro.templates.builtin.compose")
BRANDING = {
    "senderName": "Example & Sons",
    "companyInformation": "Example Company, 1 Sample Street",
    "appLogo": "https://example.com/logo.png",
}
_WHOLE = {
    "sender_name": BRANDING["senderName"],
    "company_information": BRANDING["companyInformation"],
    "app_logo": BRANDING["appLogo"],
}
_NONE = dict.fromkeys(_WHOLE)
_KEPT = ("code", "link", "expiresInMinutes")
_MINUTES = (1, 2, 5, 10, 100)
"""A number of each form that a language has for numbers."""


def sources(
    patch: pytest.MonkeyPatch, kind: TemplateType, tag: str, *, branded: bool
) -> list[TemplateSource]:
    """Every variant of a mail, its values filled in but for those that it is sent for.

    The room is watched while it writes, and not imitated: so no variant can be forgotten here.
    """
    found = dict[tuple[str, str], TemplateSource]()

    def watched(source: TemplateSource, *, language: str) -> CompiledTemplate:
        found[source.subject, source.content] = source
        return compile_template(source, language=language)

    compile_template = compose.compile_template
    patch.setattr(compose, "compile_template", watched)
    for cached in (compose._compiled, compose._notice):
        cached.cache_clear()
    context = sample_context(kind, tag)
    brandings = [_WHOLE, {**_NONE, "sender_name": "Example"}] if branded else [_NONE]
    for branding in brandings:
        for payload in _payloads(kind, context):
            compose.compose(kind, tag, **branding, payload=payload)
    patch.setattr(compose, "compile_template", compile_template)
    values = {**context, **BRANDING}
    return [_filled(source, values) for source in found.values()]


def _payloads(kind: TemplateType, context: dict[str, Any]) -> Iterator[dict[str, Any]]:
    if kind in NOTICES:
        yield context
        yield {**context, "supportEmail": ""}
    else:
        for minutes in _MINUTES:
            yield {**context, "expiresInMinutes": minutes}


def _filled(source: TemplateSource, values: dict) -> TemplateSource:
    def fill(text: str) -> str:
        return PLACEHOLDER.sub(
            lambda found: found[0] if found[1] in _KEPT else str(look_up(values, found[1])), text
        )

    return TemplateSource(subject=fill(source.subject), content=fill(source.content))
