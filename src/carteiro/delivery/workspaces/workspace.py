"""A tenant ready to send: settings read, connector opened, templates found and compiled.

A workspace is what a send needs and nothing that it does not: it is made on the first use after a
change and kept in memory. Template contents are loaded and compiled one by one, when they are first
used, so a tenant with thousands of templates opens as fast as one with two.
"""

from __future__ import annotations

import json
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from carteiro.connectors.contract import Connector
from carteiro.delivery.gates.buckets import SendingPolicy, sending_policy
from carteiro.delivery.gates.gate import Gate
from carteiro.delivery.policy import DeliveryPolicy, NoticePolicy, delivery_policy, notice_policy
from carteiro.errors import CarteiroError, ConnectorNotFound
from carteiro.languages.tags import LanguageLibrary
from carteiro.model.kinds import TemplateType
from carteiro.model.message import ContentType, TemplateSource
from carteiro.storage.drivers.database import Database, Transaction
from carteiro.storage.tenancy import templates
from carteiro.storage.tenancy.connectors import ConnectorRow
from carteiro.templates.choose import TemplateIndex
from carteiro.templates.compiled import CompiledTemplate, compile_template
from carteiro.verification.policy import CodePolicy, code_policy

_COMPILED_AT_MOST = 512
_KEPT_AT_MOST = 512
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class OpenConnector:
    """The tenant's connector, opened, or the reason why it cannot be."""

    row: ConnectorRow
    connector: Connector | None
    problem: CarteiroError | None = None
    gate: Gate = field(default_factory=Gate, compare=False, repr=False)
    """What has been learnt of it; it is kept as long as the connector is."""


@dataclass(slots=True, kw_only=True)
class Workspace:
    """One tenant as of its last change."""

    tenant_id: str
    database: Database = field(repr=False)
    experience: Mapping[str, Any] = field(repr=False)
    library: LanguageLibrary
    index: TemplateIndex = field(repr=False)
    revisions: dict[str, int] = field(default_factory=dict, repr=False)
    """Which revision of a template is used, by the template's id."""
    email: OpenConnector | None = None
    sms: OpenConnector | None = None
    fallbacks: Sequence[OpenConnector] = ()
    """Further connectors for mail, in their order."""
    tag: str = ""
    """What the tenant is for: ``development`` or ``production``."""
    settings: Mapping[str, Mapping[str, Any]] = field(default_factory=dict, repr=False)
    """Settings beside the sign-in experience, by name, without secrets."""
    code_policy: CodePolicy = field(init=False)
    sending: SendingPolicy = field(init=False)
    delivery: DeliveryPolicy = field(init=False)
    notices: NoticePolicy = field(init=False)
    from_config: dict[TemplateType, CompiledTemplate] = field(
        default_factory=dict, init=False, repr=False
    )
    """The connector's own templates, compiled when they are first used."""
    _compiled: OrderedDict[str, CompiledTemplate] = field(
        default_factory=OrderedDict, init=False, repr=False
    )
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
        opened = self.sms if sms else self.email
        if opened is None:
            raise ConnectorNotFound("Sms" if sms else "Email")
        if opened.connector is None:
            raise opened.problem or ConnectorNotFound()
        return opened.row, opened.connector

    def route(self, *, sms: bool = False) -> list[OpenConnector]:
        """The connectors that may send a message, in their order; none where none is set up."""
        first = self.sms if sms else self.email
        if first is None:
            return []
        return [first] if sms else [first, *self.fallbacks]

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
        """A stored template, compiled; ``None`` when it has just been deleted."""
        compiled = self._compiled.get(id)
        if compiled is not None:
            self._compiled.move_to_end(id)
            return compiled

        async def work(tx: Transaction) -> templates.TemplateRow | None:
            return await templates.get(tx, self.tenant_id, id)

        row = await self.database.read(work)
        if row is None:
            return None
        compiled = compile_template(source_of(row.details), language=row.language_tag)
        # It may be newer than the rows that this workspace was made of.
        self._compiled[id], self.revisions[id] = compiled, row.revision
        if len(self._compiled) > _COMPILED_AT_MOST:
            self._compiled.popitem(last=False)
        return compiled


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
