"""From a reason to write to the words: which language, which template, which values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from carteiro.connectors.contract import Connector
from carteiro.connectors.metadata import TemplateSupport
from carteiro.connectors.providers.builtin import BuiltinConnector
from carteiro.delivery.workspaces.workspace import Workspace
from carteiro.errors import TemplateNotFound
from carteiro.model.kinds import TemplateType
from carteiro.model.message import Rendered
from carteiro.templates import builtin
from carteiro.templates.checks.going_on import words_for
from carteiro.templates.choose import ChoiceReason
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
    """Choose and render. Stores nothing.

    A tenant's own templates come first (management API §5.6 with RFC 4647 lookup), then those of
    the connector's config. No words go out without the code or the link that the payload brings:
    ``Generic`` is passed over where it shows neither, any other template is refused. Raises
    ``TemplateNotFound``, and ``InvalidLink`` for a link that may not be mailed.
    """
    support = connector.capabilities.templates
    if support is TemplateSupport.PROVIDER:
        return Letter(content=None, template="provider")
    if support is TemplateSupport.PREBUILT:
        return _prebuilt(workspace, connector, kind, payload, language)
    found = workspace.index.find(kind, language, workspace.fallback_language)
    if found is not None:
        compiled = await workspace.template(found.id)
        if compiled is not None and (
            compiled.serves(kind, payload) or found.reason is not ChoiceReason.GENERIC
        ):
            template = f"{found.id}:{found.reason}"
            return Letter(content=words_for(kind, payload, compiled), template=template)
    compiled = _own(workspace, connector, kind)
    if compiled.names_language:
        payload = {**payload, "locale": _decided(workspace, language)}
    return Letter(content=words_for(kind, payload, compiled), template="connector")


def _decided(workspace: Workspace, language: str) -> str:
    """The language of a config's template: nobody but its author knows it for sure."""
    return language if workspace.library.match(language) else workspace.fallback_language


def _prebuilt(
    workspace: Workspace,
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
        fallback=workspace.fallback_language,
        sender_name=branding.sender_name,
        company_information=branding.company_information,
        app_logo=branding.app_logo,
    )
    template = f"builtin:{compiled.language}"
    return Letter(content=words_for(kind, payload, compiled), template=template)


def _own(workspace: Workspace, connector: Connector, kind: TemplateType) -> CompiledTemplate:
    """The config's template, compiled once per workspace."""
    compiled = workspace.from_config.get(kind)
    if compiled is None:
        source = connector.template(kind)
        if source is None:
            raise TemplateNotFound
        compiled = workspace.from_config[kind] = compile_template(source)
    return compiled
