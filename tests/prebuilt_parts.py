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
_KEPT = ("code", "link", "expiresInMinutes")


def sources(
    patch: pytest.MonkeyPatch, kind: TemplateType, tag: str, *, branded: bool
) -> list[TemplateSource]:
    """Every variant of a mail, its values filled in but for those that it is sent for.

    ``compose`` is watched, and not imitated: so no variant can be forgotten here.
    """
    found = list[TemplateSource]()

    def watched(source: TemplateSource, *, language: str) -> CompiledTemplate:
        found.append(source)
        return compile_template(source, language=language)

    compile_template = compose.compile_template
    patch.setattr(compose, "compile_template", watched)
    for blocks in _blocks(branded=branded):
        if kind in NOTICES:
            facts = [name for name in compose._FACTS if name != "application"]
            for help_at in compose._SUPPORT:
                compose._notice.__wrapped__(kind, tag, blocks, (*facts, "application", help_at))
        else:
            compose._compiled.__wrapped__(kind, tag, blocks)
    values = {**sample_context(kind, tag), **BRANDING}
    return [_filled(source, values) for source in found]


def _blocks(*, branded: bool) -> Iterator[Any]:
    if branded:
        yield compose._Blocks(name=True, company=True, logo=True)
        yield compose._Blocks(name=True)
    else:
        yield compose._Blocks()


def _filled(source: TemplateSource, values: dict) -> TemplateSource:
    def fill(text: str) -> str:
        return PLACEHOLDER.sub(
            lambda found: found[0] if found[1] in _KEPT else str(look_up(values, found[1])), text
        )

    return TemplateSource(subject=fill(source.subject), content=fill(source.content))
