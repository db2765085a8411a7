"""Answers about connectors, templates, messages and what keeps them from arriving."""

from __future__ import annotations

from typing import Any, Literal, NotRequired

from pydantic import ConfigDict
from typing_extensions import TypedDict

from carteiro.api.answers.shapes import Members, Moment
from carteiro.api.management.connectors.schemas import ConnectorMetadata
from carteiro.api.management.email_templates.schemas import TemplateDetails
from carteiro.api.management.one_time_tokens.schemas import TokenContext
from carteiro.connectors.dkim.keys import KeyAlgorithm
from carteiro.connectors.metadata import ConnectorType, FormItem
from carteiro.delivery.coverage import Lack, Origin
from carteiro.delivery.previews import Shown
from carteiro.delivery.states import MessageState
from carteiro.directory.reliance import Need
from carteiro.directory.settings.tenant_settings import RateLimit
from carteiro.languages.negotiate import LanguageReason
from carteiro.model.kinds import TemplateType
from carteiro.model.owners import OwnerKind
from carteiro.model.verdict import Verdict
from carteiro.senders.findings import Check
from carteiro.storage.mail.one_time_tokens import TokenStatus
from carteiro.storage.tenancy.dkim_keys import KeyState
from carteiro.templates.checks.findings import Severity


class _Factory(TypedDict):
    id: str
    target: str
    platform: None
    name: dict[str, str]
    description: dict[str, str]
    logo: str
    logoDark: str | None
    readme: str
    configTemplate: NotRequired[str]
    formItems: NotRequired[list[FormItem]]
    customData: NotRequired[Members]
    fromEmail: NotRequired[str]
    isStandard: NotRequired[bool]
    isTokenStorageSupported: NotRequired[bool]
    type: ConnectorType
    isDemo: bool


class ConnectorFactory(_Factory):
    """A connector that is installed."""


class SenderInfo(TypedDict):
    """What the built-in service sends from."""

    fromEmail: NotRequired[str]


class Connector(_Factory):
    """A connector that is set up, over what its factory says; `id` is the connector's own."""

    connectorId: str
    syncProfile: bool
    enableTokenStorage: bool
    config: Members
    metadata: ConnectorMetadata
    extraInfo: SenderInfo
    usage: NotRequired[int]


class Reliance(TypedDict):
    """What stops without a connector; where `isCapped`, the people are at least so many."""

    needs: list[Need]
    people: int
    peopleWithoutAnotherWay: int
    isCapped: bool
    overrides: int
    message: str


class LintFinding(TypedDict):
    """One thing to mend: `where` is a member of `details`; line and column count from 1.

    `clients` cannot show it, which are `share` of those that are known, from 0 to 1.
    """

    severity: Severity
    code: str
    message: str
    where: str
    line: int
    column: int
    clients: list[str]
    share: float | None
    advice: str


class LintFindings(TypedDict):
    """What the lint says, in the order of the text."""

    findings: list[LintFinding]


class EmailTemplate(TypedDict):
    """A template for one language and one type."""

    tenantId: str
    id: str
    languageTag: str
    templateType: TemplateType
    details: TemplateDetails
    createdAt: Moment


class ShownMailbox(TypedDict):
    """An address with the name to show for it."""

    address: str
    name: str | None


class MailHeader(TypedDict):
    """A header, unfolded and decoded."""

    name: str
    value: str


class VariableGap(TypedDict):
    """A placeholder without a value: it stays as it is written, or leaves a gap."""

    variable: str
    shown: Shown


class EmailPreview(TypedDict):
    """A mail that nobody was sent.

    `template` says where its words come from, as a message's record does; `given` are those of the
    call, and `isServed` whether the connector would send such. `isExact` says that `headers` are
    all that there are; else the provider writes the mail and may add to it. Without words of ours
    (`subject` is null), `payload` is what is handed over.
    """

    templateType: TemplateType
    languageTag: str
    languageReason: LanguageReason
    template: str
    isServed: bool
    to: str
    sender: ShownMailbox | None
    replyTo: ShownMailbox | None
    subject: str | None
    html: str | None
    text: str | None
    providerTemplate: str | None
    headers: list[MailHeader]
    isExact: bool
    payload: Members
    missing: list[VariableGap]
    unused: list[str]


class MailOfLanguage(TypedDict):
    """One type of mail: whose words, in which language, and why that is not enough."""

    templateType: TemplateType
    origin: Origin
    languageTag: str | None
    templateId: str | None
    lack: Lack | None
    faults: list[str]


class MailLanguage(TypedDict):
    """A language, type by type."""

    languageTag: str
    isComplete: bool
    types: list[MailOfLanguage]


class LanguageGaps(TypedDict):
    """A language and the types of mail that it lacks; `null` where nobody has looked."""

    languageTag: str
    isComplete: bool | None
    lacking: list[MailOfLanguage]


class CopiedLanguage(TypedDict):
    """Types that are stored now, that were there and stayed, that there was nothing to copy of."""

    stored: list[TemplateType]
    kept: list[TemplateType]
    without: list[TemplateType]


class OneTimeToken(TypedDict):
    """A token; its value is masked but for who makes or uses it."""

    tenantId: str
    id: str
    email: str
    token: str
    context: TokenContext
    status: TokenStatus
    createdAt: Moment
    expiresAt: Moment


class Delivery(TypedDict):
    """How messages are delivered."""

    mode: Literal["direct", "queued"]
    onUnknownOutcome: Literal["retry", "give-up"]
    rateLimit: RateLimit
    incompleteLanguages: Literal["warn", "refuse"]


class QueueDepth(TypedDict):
    """How many messages are in a state, and since when the oldest is."""

    messages: int
    oldestSeconds: int


class ConnectorHealth(TypedDict):
    """How a connector is, as the process that answers sees it."""

    id: str
    connectorId: str
    circuit: str
    underWay: int
    perSecond: float | None
    problem: str | None


class DeliveryStatus(TypedDict):
    """What waits, who works, and how the connectors are."""

    queue: dict[str, QueueDepth]
    processes: dict[str, int]
    connectors: list[ConnectorHealth]
    suppressed: int


class FallbackConnector(TypedDict):
    """A connector beside the first one; secrets are masked."""

    tenantId: str
    id: str
    connectorId: str
    config: Members
    rateLimit: RateLimit
    createdAt: Moment


class Override(TypedDict):
    """Who the mails of an organization or an application are from; `null` is the next level's."""

    tenantId: str
    ownerType: OwnerKind
    ownerId: str
    connectorId: str | None
    fromName: str | None
    replyTo: str | None
    createdAt: Moment


class Feedback(TypedDict):
    """How the events of a connector's provider are checked; secrets are masked."""

    tenantId: str
    connectorId: str
    provider: str
    settings: Members
    url: str
    createdAt: Moment


class Message(TypedDict):
    """A message without its contents."""

    tenantId: str
    id: str
    type: TemplateType
    mode: Literal["direct", "queued"]
    state: MessageState
    failure: str | None
    recipient: str
    language: str | None
    languageReason: str | None
    template: str | None
    templateRevision: int | None
    connectorId: str | None
    attempts: int
    waitingFor: str | None
    dueAt: Moment | None
    createdAt: Moment
    expiresAt: Moment | None
    finishedAt: Moment | None


class TimelineEntry(TypedDict):
    """What happened at a moment; which further members there are depends on `event`."""

    __pydantic_config__ = ConfigDict(extra="allow")  # type: ignore[misc]

    at: Moment
    event: str
    connectorId: NotRequired[str | None]
    connectorRevision: NotRequired[int]
    template: NotRequired[str]
    templateRevision: NotRequired[int]
    number: NotRequired[int]
    milliseconds: NotRequired[int]
    outcome: NotRequired[str]
    decision: NotRequired[str]
    providerId: NotRequired[str]
    reason: NotRequired[str]
    waitingFor: NotRequired[str | None]
    error: NotRequired[Any]
    skipped: NotRequired[Any]


class MessageTimeline(Message):
    """A message with everything that happened to it, in order."""

    timeline: list[TimelineEntry]


class Suppression(TypedDict):
    """An address that gets no more mail."""

    tenantId: str
    recipient: str
    reason: str
    connectorId: str | None
    note: str | None
    createdAt: Moment
    expiresAt: Moment | None


class DnsRecord(TypedDict):
    """A record to publish; the value is in one piece."""

    type: str
    name: str
    value: str


class DkimKey(TypedDict):
    """A key that signs mail, or is to, with the record that publishes it."""

    tenantId: str
    domain: str
    selector: str
    algorithm: KeyAlgorithm
    state: KeyState
    record: DnsRecord
    createdAt: Moment
    changedAt: Moment


class SenderFinding(TypedDict):
    """What was found; `record` would mend it."""

    check: Check
    verdict: Verdict
    message: str
    record: DnsRecord | None


class SenderReport(TypedDict):
    """A connector's sender; where nothing was looked at, `problem` says why."""

    id: str
    connectorId: str
    address: str | None
    domain: str | None
    problem: str | None
    findings: list[SenderFinding]
