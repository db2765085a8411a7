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
from carteiro.model.kinds import NOTICES, TemplateType
from carteiro.model.message import Rendered
from carteiro.templates import builtin
from carteiro.templates.checks.going_on import words_for
from carteiro.templates.choose import ChoiceReason
from carteiro.templates.compiled import CompiledTemplate, compile_template


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """The words, and which template they come from (for the message's record).

    ``revision`` is the one of the tenant's own template that they are of.
    """

    content: Rendered | None
    template: str
    revision: int | None = None


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
    if kind in NOTICES:
        return await _notice(workspace, connector, kind, payload, language)
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
            return Letter(
                content=words_for(kind, payload, compiled),
                template=f"{found.id}:{found.reason}",
                revision=workspace.revisions.get(found.id),
            )
    compiled = _own(workspace, connector, kind)
    if compiled.names_language:
        payload = {**payload, "locale": _decided(workspace, language)}
    return Letter(content=words_for(kind, payload, compiled), template="connector")


def _decided(workspace: Workspace, language: str) -> str:
    """The language of a config's template: nobody but its author knows it for sure."""
    return language if workspace.library.match(language) else workspace.fallback_language


def notice_template(
    workspace: Workspace, connector: Connector, kind: TemplateType, language: str
) -> tuple[str, int | None]:
    """Which template a notice is going to have, as its record names it, without rendering it.

    With the revision where it is the tenant's own. Raises ``TemplateNotFound`` where the words are
    kept elsewhere and nobody asked for notices.
    """
    if connector.capabilities.templates is TemplateSupport.PROVIDER:
        if not workspace.notices.at_endpoints:
            raise TemplateNotFound("Notices are not switched on for connectors without words.")
        return "provider", None
    found = workspace.index.find(kind, language, workspace.fallback_language)
    if found is not None:
        return f"{found.id}:{found.reason}", workspace.revisions.get(found.id)
    if connector.template(kind) is not None:
        return "connector", None
    return f"builtin:{builtin.nearest(language, workspace.fallback_language)}", None


async def _notice(
    workspace: Workspace,
    connector: Connector,
    kind: TemplateType,
    payload: Mapping[str, Any],
    language: str,
) -> Letter:
    """The tenant's own template, the connector's for just this type, else the prebuilt one."""
    template, _ = notice_template(workspace, connector, kind, language)
    if template == "provider":
        return Letter(content=None, template=template)
    found = workspace.index.find(kind, language, workspace.fallback_language)
    compiled = None if found is None else await workspace.template(found.id)
    revision = None if found is None or compiled is None else workspace.revisions.get(found.id)
    if compiled is None and connector.template(kind) is not None:
        compiled = _own(workspace, connector, kind)
    if compiled is not None and compiled.serves(kind, payload):
        words = words_for(kind, payload, compiled)
        return Letter(content=words, template=template, revision=revision)
    return _prebuilt(workspace, connector, kind, payload, language)


def _prebuilt(
    workspace: Workspace,
    connector: Connector,
    kind: TemplateType,
    payload: Mapping[str, Any],
    language: str,
) -> Letter:
    branding = connector.config if isinstance(connector, BuiltinConnector) else None
    compiled = builtin.compose(
        kind,
        language,
        fallback=workspace.fallback_language,
        sender_name=branding.sender_name if branding else None,
        company_information=branding.company_information if branding else None,
        app_logo=branding.app_logo if branding else None,
        payload=payload,
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
