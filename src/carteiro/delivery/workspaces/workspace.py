"""A tenant ready to send: settings read, connector opened, templates found and compiled.

A workspace is what a send needs and nothing that it does not: it is made on the first use after a
change and kept in memory. Template contents are loaded and compiled one by one, when they are first
used, so a tenant with thousands of templates opens as fast as one with two.
"""

from __future__ import annotations

import asyncio
import json
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from carteiro.connectors.contract import Connector
from carteiro.delivery.gates.buckets import SendingPolicy, sending_policy
from carteiro.delivery.policy import DeliveryPolicy, NoticePolicy, delivery_policy, notice_policy
from carteiro.delivery.workspaces.letterhead import Letterhead, Level
from carteiro.delivery.workspaces.open_connector import OpenConnector, first_of
from carteiro.delivery.workspaces.overriding import Overriding
from carteiro.delivery.workspaces.signing import NOTHING, Signing
from carteiro.languages.tags import LanguageLibrary
from carteiro.model.kinds import TemplateType
from carteiro.model.message import ContentType, TemplateSource
from carteiro.model.origin import Origin
from carteiro.storage.drivers.database import Database
from carteiro.storage.tenancy import fallbacks, templates
from carteiro.storage.tenancy.connectors import ConnectorRow
from carteiro.templates.choose import TemplateIndex
from carteiro.templates.compiled import CompiledTemplate, compile_template
from carteiro.verification.policy import CodePolicy, code_policy

_COMPILED_AT_MOST = 4096
_CHARACTERS_AT_MOST = 16_000_000
"""Of the sources of what is compiled, which takes two to three times as many bytes."""
_LONG = 32_768
"""Characters from which a template is compiled beside the event loop."""
_KEPT_AT_MOST = 512
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class _Kept:
    """A compiled template, how long its source is, and the revision that it is of."""

    template: CompiledTemplate
    characters: int
    revision: int


@dataclass(slots=True, kw_only=True)
class Workspace:
    """One tenant as of its last change."""

    tenant_id: str
    database: Database = field(repr=False)
    experience: Mapping[str, Any] = field(repr=False)
    library: LanguageLibrary
    index: TemplateIndex = field(repr=False)
    revisions: dict[str, int] = field(default_factory=dict, repr=False)
    """Which revision of the tenant's own templates is live, by the template's id."""
    email: OpenConnector | None = None
    sms: OpenConnector | None = None
    fallbacks: Sequence[OpenConnector] = ()
    """Further connectors for mail, in their order."""
    overriding: Overriding = field(repr=False)
    """The overrides of organizations and applications."""
    tag: str = ""
    """What the tenant is for: ``development`` or ``production``."""
    settings: Mapping[str, Mapping[str, Any]] = field(default_factory=dict, repr=False)
    """Settings beside the sign-in experience, by name, without secrets."""
    code_policy: CodePolicy = field(init=False)
    sending: SendingPolicy = field(init=False)
    delivery: DeliveryPolicy = field(init=False)
    notices: NoticePolicy = field(init=False)
    from_config: dict[tuple[Connector, TemplateType], CompiledTemplate] = field(
        default_factory=dict, init=False, repr=False
    )
    """The connectors' own templates, compiled when they are first used."""
    signing: Signing = NOTHING
    """Who signs the tenant's mails."""
    _level: Level = field(init=False, repr=False)
    _compiled: OrderedDict[str, _Kept] = field(default_factory=OrderedDict, init=False, repr=False)
    _characters: int = field(default=0, init=False, repr=False)
    _kept: OrderedDict[tuple[type, str], Any] = field(
        default_factory=OrderedDict, init=False, repr=False
    )

    def __post_init__(self) -> None:
        self.code_policy = code_policy(
            self.experience["verificationCodePolicy"], self.settings.get("protection")
        )
        self.sending = sending_policy(self.settings.get("protection"))
        self.delivery = delivery_policy(self.settings.get("delivery"))
        self.notices = notice_policy(self.settings.get("notices"))
        self._level = Level(index=self.index, revisions=self.revisions)

    @property
    def fallback_language(self) -> str:
        """The language of people who ask for none that the tenant has."""
        tag: str = self.experience["languageInfo"]["fallbackLanguage"]
        return tag

    @property
    def auto_detect(self) -> bool:
        """Whether ``Accept-Language`` counts."""
        return bool(self.experience["languageInfo"]["autoDetect"])

    def connector(self, *, sms: bool = False) -> tuple[ConnectorRow, Connector]:
        """The connector for mail or SMS. Raises ``ConnectorNotFound``, or why it cannot be used."""
        return first_of(self.route(sms=sms), sms=sms)

    def route(self, *, sms: bool = False) -> list[OpenConnector]:
        """The connectors that may send a message, in their order; none where none is set up."""
        first = self.sms if sms else self.email
        if first is None:
            return []
        return [first] if sms else [first, *self.fallbacks]

    def plain(self, *, sms: bool = False) -> Letterhead:
        """The tenant's own letterhead."""
        return Letterhead(levels=(self._level,), route=self.route(sms=sms))

    async def letterhead(self, origin: Origin, *, sms: bool = False) -> Letterhead:
        """How a message of this origin goes out: by its organization, its application, the tenant.

        The database is asked once for an override after a change, and never where there is none.
        Text messages have no overrides.
        """
        if sms or not self.overriding or not (rows := self.overriding.of(origin)):
            return self.plain(sms=sms)
        made = self.overriding.made(rows)
        return made or await self.overriding.make(self.database, rows, self.plain())

    def known_letterhead(self, origin: Origin) -> Letterhead:
        """The same without asking: the tenant's until the override has been used."""
        return self.overriding.made(self.overriding.of(origin)) or self.plain()

    async def reserved(self, id: str) -> OpenConnector | None:  # noqa: A002 - the row's name
        """A connector that waits for an override, opened; ``None`` where there is none."""
        row = await self.database.read(lambda tx: fallbacks.get(tx, self.tenant_id, id))
        return self.overriding.opened(row) if row is not None and row.reserved else None

    def kept(self, kind: type[T], name: str) -> T | None:
        """What ``keep`` was given last of this kind and name, if it is still there."""
        found: T | None = self._kept.get((kind, name))
        if found is not None:
            self._kept.move_to_end((kind, name))
        return found

    def keep(self, name: str, value: object) -> None:
        """Keep what has been made of committed rows until the tenant changes.

        The rows were read after this workspace was got, so that a change that they do not show
        is one that takes this workspace away.
        """
        self._kept[type(value), name] = value
        if len(self._kept) > _KEPT_AT_MOST:
            self._kept.popitem(last=False)

    async def template(self, id: str) -> CompiledTemplate | None:  # noqa: A002 - the row's name
        """A stored template, whoever's it is, compiled; ``None`` when it has just been deleted."""
        kept = self._compiled.get(id)
        if kept is not None:
            self._compiled.move_to_end(id)
            return kept.template
        row = await self.database.read(lambda tx: templates.serving(tx, self.tenant_id, id))
        if row is None:
            return None
        compiled = await compiled_beside(source_of(row.details), row.language_tag)
        self._keep_compiled(id, _Kept(compiled, len(row.details), row.revision))
        return compiled

    def revision_of(self, id: str) -> int | None:  # noqa: A002 - the row's name
        """Which revision ``template`` gave last, if it is still there.

        It may be newer than the rows that this workspace was made of.
        """
        kept = self._compiled.get(id)
        return None if kept is None else kept.revision

    def _keep_compiled(self, id: str, new: _Kept) -> None:  # noqa: A002 - the row's name
        """Keep it in place of those that were used longest ago."""
        before = self._compiled.pop(id, None)
        self._compiled[id] = new
        self._characters += new.characters - (before.characters if before else 0)
        while len(self._compiled) > _COMPILED_AT_MOST or (
            self._characters > _CHARACTERS_AT_MOST and len(self._compiled) > 1
        ):
            _, gone = self._compiled.popitem(last=False)
            self._characters -= gone.characters


async def compiled_beside(source: TemplateSource, tag: str | None = None) -> CompiledTemplate:
    """A long one takes seconds where its HTML is garbled: then nobody else waits for it."""
    if len(source.content) < _LONG:
        return compile_template(source, language=tag)
    return await asyncio.to_thread(compile_template, source, language=tag)


def source_of(details: Mapping[str, Any] | str) -> TemplateSource:
    """Read a template as it is stored and on the wire."""
    fields: Mapping[str, Any] = json.loads(details) if isinstance(details, str) else details
    return TemplateSource(
        subject=fields["subject"],
        content=fields["content"],
        content_type=ContentType(fields.get("contentType") or ContentType.HTML),
        reply_to=fields.get("replyTo"),
        send_from=fields.get("sendFrom"),
    )
