"""Answers about connectors, templates, messages and what keeps them from arriving."""

from __future__ import annotations

from typing import Any, Literal, NotRequired

from pydantic import ConfigDict
from typing_extensions import TypedDict

from carteiro.api.answers.shapes import Members, Moment
from carteiro.api.management.connectors.schemas import ConnectorMetadata
from carteiro.api.management.email_templates.schemas import TemplateDetails
from carteiro.api.management.one_time_tokens.schemas import TokenContext
from carteiro.connectors.metadata import ConnectorType, FormItem
from carteiro.delivery.states import MessageState
from carteiro.directory.reliance import Need
from carteiro.directory.settings.tenant_settings import RateLimit
from carteiro.model.kinds import TemplateType
from carteiro.storage.mail.one_time_tokens import TokenStatus


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
    message: str


class EmailTemplate(TypedDict):
    """A template for one language and one type."""

    tenantId: str
    id: str
    languageTag: str
    templateType: TemplateType
    details: TemplateDetails
    createdAt: Moment


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
    """A connector that is tried when those before it cannot send; secrets are masked."""

    tenantId: str
    id: str
    connectorId: str
    config: Members
    rateLimit: RateLimit
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
