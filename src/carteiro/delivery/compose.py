"""From a reason to write to the words: which language, which template, which values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from carteiro.connectors.contract import Connector
from carteiro.connectors.metadata import TemplateSupport
from carteiro.connectors.providers.builtin import BuiltinConnector
from carteiro.delivery.workspaces.letterhead import Letterhead
from carteiro.delivery.workspaces.workspace import Workspace, compiled_beside
from carteiro.errors import TemplateNotFound
from carteiro.model.kinds import NOTICES, TemplateType
from carteiro.model.message import Rendered
from carteiro.templates import builtin
from carteiro.templates.checks.going_on import words_for
from carteiro.templates.compiled import CompiledTemplate

GIVEN = "given"
"""The name of a template that was handed in, and is nowhere stored."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """The words, and which template they come from (for the message's record).

    ``compiled`` is what they were rendered by, where they were rendered here. ``revision`` is the
    one of the stored template that they are of.
    """

    content: Rendered | None
    template: str
    compiled: CompiledTemplate | None = None
    revision: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """A template that is handed in, to be used in place of what is stored.

    It stands where the ``level`` of a letterhead has its templates, 0 for the nearest. ``name`` is
    what a message's record would call it.
    """

    compiled: CompiledTemplate
    name: str = GIVEN
    level: int = 0


async def compose(
    workspace: Workspace,
    connector: Connector,
    kind: TemplateType,
    payload: Mapping[str, Any],
    language: str,
    letterhead: Letterhead | None = None,
) -> Letter:
    """Choose and render. Stores nothing.

    Stored templates come first (management API §5.6 with RFC 4647 lookup): those of an override
    where the ``letterhead`` has one, and the tenant's; then those of the connector's config. No
    words go out without the code or the link that the payload brings: ``Generic``, and what an
    override has, is passed over where it shows neither; any other template is refused. Raises
    ``TemplateNotFound``, and ``InvalidLink`` for a link that may not be mailed.
    """
    head = letterhead or workspace.plain()
    support = connector.capabilities.templates
    if kind in NOTICES:
        return await _notice(workspace, connector, kind, payload, language, head)
    if support is TemplateSupport.PROVIDER:
        return Letter(content=None, template="provider")
    if support is TemplateSupport.PREBUILT:
        return _prebuilt(workspace, connector, kind, payload, language, head)
    for placed in head.choices(kind, language, workspace.fallback_language):
        found, overriding = placed.found, head.is_overriding(placed)
        compiled = await workspace.template(found.id)
        if compiled is None:
            continue
        if compiled.serves(kind, payload) or (found.type == kind and not overriding):
            sheet = _Sheet(head, connector, placed.level, workspace.revision_of(found.id))
            return sheet.letter(kind, payload, compiled, f"{found.id}:{found.reason}")
    compiled = await _own(workspace, connector, kind)
    if compiled.names_language:
        payload = {**payload, "locale": _decided(workspace, language)}
    return _Sheet(head, connector).letter(kind, payload, compiled, "connector")


def compose_given(
    workspace: Workspace,
    connector: Connector,
    kind: TemplateType,
    payload: Mapping[str, Any],
    given: Given,
    letterhead: Letterhead | None = None,
) -> Letter:
    """The same with a template that is handed in: what somebody writes at the moment, a draft."""
    head = letterhead or workspace.plain()
    return _Sheet(head, connector, given.level).letter(kind, payload, given.compiled, given.name)


@dataclass(frozen=True, slots=True)
class _Sheet:
    """What a template is put on: ``level`` is its own in the letterhead."""

    head: Letterhead
    connector: Connector
    level: int | None = None
    revision: int | None = None

    def letter(
        self, kind: TemplateType, payload: Mapping[str, Any], compiled: CompiledTemplate, name: str
    ) -> Letter:
        content = words_for(kind, payload, compiled)
        signed = self.head.signed(content, self.connector, self.level)
        return Letter(content=signed, template=name, compiled=compiled, revision=self.revision)


def _decided(workspace: Workspace, language: str) -> str:
    """The language of a config's template: nobody but its author knows it for sure."""
    return language if workspace.library.match(language) else workspace.fallback_language


def notice_template(
    workspace: Workspace,
    connector: Connector,
    kind: TemplateType,
    language: str,
    letterhead: Letterhead,
) -> tuple[str, int | None]:
    """Which template a notice is going to have, as its record names it, without rendering it.

    With the revision of a stored one. Raises ``TemplateNotFound`` where the words are kept
    elsewhere and nobody asked for notices.
    """
    if _is_at_provider(workspace, connector):
        return "provider", None
    for placed in letterhead.choices(kind, language, workspace.fallback_language):
        found = placed.found
        revision = workspace.revision_of(found.id) or letterhead.revision(placed)
        return f"{found.id}:{found.reason}", revision
    if connector.template(kind) is not None:
        return "connector", None
    return f"builtin:{builtin.nearest(language, workspace.fallback_language)}", None


async def _notice(
    workspace: Workspace,
    connector: Connector,
    kind: TemplateType,
    payload: Mapping[str, Any],
    language: str,
    head: Letterhead,
) -> Letter:
    """A stored template, the connector's for just this type, else the prebuilt one.

    None is refused: one that asks for a code or a link is left for the next.
    """
    if _is_at_provider(workspace, connector):
        return Letter(content=None, template="provider")
    for placed in head.choices(kind, language, workspace.fallback_language):
        found = placed.found
        compiled = await workspace.template(found.id)
        if compiled is not None and compiled.serves(kind, payload):
            sheet = _Sheet(head, connector, placed.level, workspace.revision_of(found.id))
            return sheet.letter(kind, payload, compiled, f"{found.id}:{found.reason}")
    if connector.template(kind) is not None:
        compiled = await _own(workspace, connector, kind)
        if compiled.serves(kind, payload):
            return _Sheet(head, connector).letter(kind, payload, compiled, "connector")
    return _prebuilt(workspace, connector, kind, payload, language, head)


def _is_at_provider(workspace: Workspace, connector: Connector) -> bool:
    """Whether the words are kept elsewhere. Raises where nobody asked for notices from there."""
    if connector.capabilities.templates is not TemplateSupport.PROVIDER:
        return False
    if not workspace.notices.at_endpoints:
        raise TemplateNotFound("Notices are not switched on for connectors without words.")
    return True


def _prebuilt(
    workspace: Workspace,
    connector: Connector,
    kind: TemplateType,
    payload: Mapping[str, Any],
    language: str,
    head: Letterhead,
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
    return _Sheet(head, connector).letter(kind, payload, compiled, f"builtin:{compiled.language}")


async def _own(workspace: Workspace, connector: Connector, kind: TemplateType) -> CompiledTemplate:
    """The config's template, compiled once per workspace."""
    compiled = workspace.from_config.get((connector, kind))
    if compiled is None:
        source = connector.template(kind)
        if source is None:
            raise TemplateNotFound
        compiled = workspace.from_config[connector, kind] = await compiled_beside(source)
    return compiled
