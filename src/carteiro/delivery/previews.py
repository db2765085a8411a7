"""What would be sent, made on the path that sends it, and not sent: nothing is stored or queued."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from carteiro.connectors.contract import Connector, Written
from carteiro.connectors.metadata import TemplateSupport
from carteiro.connectors.mime import build, headers_of
from carteiro.delivery.compose import Given, Letter, compose, compose_given
from carteiro.delivery.workspaces.letterhead import Letterhead
from carteiro.delivery.workspaces.workspace import Workspace
from carteiro.errors import InvalidTemplate
from carteiro.languages.negotiate import LanguageDecision
from carteiro.model.addresses import Mailbox
from carteiro.model.kinds import NOTICES, TemplateType
from carteiro.model.limits import MAX_ANSWER
from carteiro.model.message import Message, Recipient, Rendered
from carteiro.templates.compiled import CompiledTemplate
from carteiro.templates.values import look_up

_LONGEST = MAX_ANSWER // 4
"""Characters of a mail that is shown: it is told twice, as words and as it would be sent."""
_MOST_NAMED = 200


class Shown(StrEnum):
    """What a mail shows of a variable that has no value."""

    AS_WRITTEN = "as_written"
    """The placeholder itself: there is no such variable."""
    NOTHING = "nothing"
    """A gap: the variable is there, and what is asked of it is not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """A placeholder of the template for which there is no value."""

    variable: str
    shown: Shown


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """A mail that nobody was sent.

    ``template`` names where its words come from as a message's record would. ``content`` is
    ``None`` where the words are kept elsewhere: then ``payload`` is all that is handed over.
    ``eml`` is what would be sent, byte for byte where it ``is_exact``; a provider that writes the
    mail itself adds to it. ``serves`` says whether the connector sends such templates at all.
    """

    type: TemplateType
    to: Recipient
    template: str
    decision: LanguageDecision
    serves: bool = True
    sender: Mailbox | None
    reply_to: Mailbox | None
    content: Rendered | None = field(repr=False)
    payload: Mapping[str, Any] = field(repr=False)
    headers: Sequence[tuple[str, str]] = field(repr=False)
    eml: bytes | None = field(repr=False)
    is_exact: bool
    missing: Sequence[Gap]
    unused: Sequence[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """What is to be previewed. ``given`` is a template to use in place of those that are stored.

    ``payload`` and ``variables`` are what an order has under these names.
    """

    id: str
    to: Recipient
    type: TemplateType
    payload: Mapping[str, Any] = field(repr=False)
    variables: Mapping[str, Any] = field(default_factory=dict, repr=False)
    decision: LanguageDecision
    created_at: int
    given: Given | None = field(default=None, repr=False)
    letterhead: Letterhead | None = field(default=None, repr=False)


async def preview(workspace: Workspace, connector: Connector, sheet: Sheet) -> Preview:
    """Compose and write as the courier does. Raises what sending it would raise before that."""
    values = {**sheet.variables, **sheet.payload}
    if sheet.given is None:
        language = sheet.decision.for_templates
        letter = await compose(workspace, connector, sheet.type, values, language, sheet.letterhead)
    else:
        letter = compose_given(
            workspace, connector, sheet.type, values, sheet.given, sheet.letterhead
        )
    message = Message(
        id=sheet.id,
        to=sheet.to,
        type=sheet.type,
        payload=sheet.payload,
        created_at=sheet.created_at,
        content=letter.content,
    )
    _require_showable(letter.content)
    written = _expressed(connector, connector.written(message))
    shown = show(message, letter, values, sheet.decision, written)
    return replace(shown, serves=sheet.given is None or _serves(connector, sheet.type))


def show(
    message: Message,
    letter: Letter,
    values: Mapping[str, Any],
    decision: LanguageDecision,
    written: Written | None,
) -> Preview:
    """A message as it is written. Raises ``InvalidTemplate`` for an enormous one."""
    content = letter.content
    _require_showable(content)
    written = written or Written(sender=None)
    data, sender = written.data, written.sender
    is_exact = data is not None
    if data is None and sender is not None and content and not content.provider_template:
        data = build(message, content, sender=sender, reply_to=written.reply_to)
    return Preview(
        type=message.type,
        to=message.to,
        template=letter.template,
        decision=decision,
        sender=sender,
        reply_to=written.reply_to,
        content=content,
        payload=message.payload,
        headers=headers_of(data) if data is not None else (),
        eml=data,
        is_exact=is_exact,
        missing=_missing(letter.compiled, values),
        unused=_unused(letter.compiled, values),
    )


def _require_showable(content: Rendered | None) -> None:
    if content is None:
        return
    if len(content.subject) + len(content.text) + len(content.html or "") > _LONGEST:
        raise InvalidTemplate(f"A preview shows at most {_LONGEST:,} characters.")


def _expressed(connector: Connector, written: Written | None) -> Written | None:
    """Of a mail that the provider writes, what it can be told."""
    if written is None or written.data is not None:
        return written
    able = connector.capabilities
    sender = written.sender
    if sender is not None and not able.sender_name:
        sender = Mailbox(sender.address)
    return Written(sender=sender, reply_to=written.reply_to if able.reply_to else None)


def _serves(connector: Connector, kind: TemplateType) -> bool:
    match connector.capabilities.templates:
        case TemplateSupport.OWN:
            return True
        case TemplateSupport.PREBUILT:
            return kind in NOTICES
        case _:
            return False


def _missing(compiled: CompiledTemplate | None, values: Mapping[str, Any]) -> list[Gap]:
    if compiled is None:
        return []
    found = []
    for root, *path in sorted(compiled.variables(values))[:_MOST_NAMED]:
        name = ".".join((root, *path))
        if root not in values:
            found.append(Gap(variable=name, shown=Shown.AS_WRITTEN))
        elif look_up(values, name) in (None, ""):
            found.append(Gap(variable=name, shown=Shown.NOTHING))
    return found


def _unused(compiled: CompiledTemplate | None, values: Mapping[str, Any]) -> list[str]:
    if compiled is None:
        return []
    used = {root for root, *_ in compiled.variables(values)}
    return sorted(name for name in values if name not in used)[:_MOST_NAMED]
