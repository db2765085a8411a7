"""From a reason to write to the words: which language, which template, which values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from carteiro.connectors.builtin import BuiltinConnector
from carteiro.connectors.contract import Connector
from carteiro.connectors.metadata import TemplateSupport
from carteiro.delivery.workspace import Workspace
from carteiro.errors import TemplateNotFound
from carteiro.model.kinds import TemplateType
from carteiro.model.message import Rendered
from carteiro.templates import builtin
from carteiro.templates.compiled import CompiledTemplate, compile_template


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """The words, and which template they come from (for the message's record)."""

    content: Rendered | None
    template: str


async def compose(
    workspace: Workspace,
    connector: Connector,
    kind: TemplateType,
    payload: Mapping[str, Any],
    language: str,
) -> Letter:
    """Choose and render. Raises ``TemplateNotFound``; stores nothing.

    A tenant's own templates come first (management API §5.6 with RFC 4647 lookup), then those of
    the connector's config.
    """
    support = connector.capabilities.templates
    if support is TemplateSupport.PROVIDER:
        return Letter(content=None, template="provider")
    if support is TemplateSupport.PREBUILT:
        return _prebuilt(connector, kind, payload, language)
    found = workspace.index.find(kind, language, workspace.fallback_language)
    if found is not None:
        compiled = await workspace.template(found.id)
        if compiled is not None:
            return Letter(content=compiled.render(payload), template=f"{found.id}:{found.reason}")
    return Letter(content=_own(workspace, connector, kind).render(payload), template="connector")


def _prebuilt(
    connector: Connector,
    kind: TemplateType,
    payload: Mapping[str, Any],
    language: str,
) -> Letter:
    assert isinstance(connector, BuiltinConnector)
    branding = connector.config
    compiled = builtin.compose(
        kind,
        language,
        sender_name=branding.sender_name,
        company_information=branding.company_information,
        app_logo=branding.app_logo,
    )
    return Letter(content=compiled.render(payload), template=f"builtin:{compiled.language}")


def _own(workspace: Workspace, connector: Connector, kind: TemplateType) -> CompiledTemplate:
    """The config's template, compiled once per workspace."""
    compiled = workspace.from_config.get(kind)
    if compiled is None:
        source = connector.template(kind)
        if source is None:
            raise TemplateNotFound
        compiled = workspace.from_config[kind] = compile_template(source)
    return compiled
