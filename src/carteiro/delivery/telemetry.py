"""What operators measure: counters and durations for Prometheus, spans for OpenTelemetry.

Labels are closed sets (a connector's factory, an outcome, a mode): nothing of a person or a tenant.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from enum import StrEnum
from functools import cache
from typing import Any

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

_UNTRACED: AbstractContextManager[None] = nullcontext()

_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 600)


class TryOutcome(StrEnum):
    """How a try of a code ended. Only ``RIGHT`` and ``WRONG`` say something of what was typed."""

    RIGHT = "right"
    WRONG = "wrong"
    NOT_FOUND = "not-found"
    OTHER_ADDRESS = "other-address"
    EXPIRED = "expired"
    TOO_MANY = "too-many"
    """The code, the address or the network had no try left, or had to wait."""
    LOCKED = "locked"
    """Whatever was typed, because the address is locked."""


class Telemetry:
    """One process's measurements."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.accepted = Counter(
            "carteiro_messages_accepted",
            "Messages committed.",
            ["mode", "type"],
            registry=self.registry,
        )
        self.ended = Counter(
            "carteiro_messages_ended",
            "Messages that reached a final state.",
            ["state", "reason"],
            registry=self.registry,
        )
        self.attempts = Counter(
            "carteiro_attempts",
            "Attempts to hand a message over, by what came of them.",
            ["connector", "outcome"],
            registry=self.registry,
        )
        self.attempt_seconds = Histogram(
            "carteiro_attempt_seconds",
            "How long providers take to answer.",
            ["connector"],
            buckets=_SECONDS,
            registry=self.registry,
        )
        self.handover_seconds = Histogram(
            "carteiro_handover_seconds",
            "From the request to the provider's acceptance.",
            ["mode"],
            buckets=_SECONDS,
            registry=self.registry,
        )
        self.breakers = Gauge(
            "carteiro_breaker_open",
            "1 while this process does not try a connector, 0.5 while it probes.",
            ["connector"],
            registry=self.registry,
        )
        self.skipped = Counter(
            "carteiro_connectors_skipped",
            "Connectors passed over, with the reason.",
            ["connector", "reason"],
            registry=self.registry,
        )
        for metric in (
            self.accepted,
            self.ended,
            self.attempts,
            self.attempt_seconds,
            self.handover_seconds,
            self.breakers,
        ):
            _remember(metric)
        self.queue = Gauge(
            "carteiro_queue_messages",
            "Messages that wait or are in hand, in all processes.",
            ["state"],
            registry=self.registry,
        )
        self.queue_age = Gauge(
            "carteiro_queue_oldest_due_seconds",
            "For how long the oldest message that is due waits.",
            registry=self.registry,
        )
        self.undriven = Gauge(
            "carteiro_queue_undriven_seconds",
            "For how long messages have been due and nobody has touched any; 0 is as it should be.",
            registry=self.registry,
        )
        self.suppressions = Gauge(
            "carteiro_suppressed_addresses",
            "Addresses on the suppression lists.",
            registry=self.registry,
        )
        self.processes = Gauge(
            "carteiro_processes",
            "Processes that were seen in the last seconds.",
            ["kind"],
            registry=self.registry,
        )
        self.events = Counter(
            "carteiro_provider_events",
            "Events of providers.",
            ["connector", "type"],
            registry=self.registry,
        )
        self.code_tries = Counter(
            "carteiro_code_tries",
            "Tries of codes, by how they ended.",
            ["outcome"],
            registry=self.registry,
        )
        for outcome in TryOutcome:
            # A series that begins with its first wrong try would hide that one from every rate.
            self.code_tries.labels(outcome)


def _remember(metric: Counter | Gauge | Histogram) -> None:
    """Look the children of a metric up once: finding one costs more than counting with it.

    They are as few as the labels' values. It is for what is counted with each message, and nothing
    that is ever cleared.
    """
    metric.labels = cache(metric.labels)  # type: ignore[method-assign, assignment]  # its own alone


class _Tracing:
    """Where spans go; nowhere until a root says so."""

    tracer: Any = None


def trace_with(tracer: Any) -> None:
    """Make spans with an OpenTelemetry tracer, or none with ``None``."""
    _Tracing.tracer = tracer


def span(name: str, **attributes: Any) -> AbstractContextManager[None]:
    """A span, where traces are exported."""
    return _UNTRACED if _Tracing.tracer is None else _span(name, attributes)


@contextmanager
def _span(name: str, attributes: Mapping[str, Any]) -> Iterator[None]:
    # An error's text may repeat what somebody typed, so its type is all that a trace gets.
    with _Tracing.tracer.start_as_current_span(
        name, attributes=attributes, record_exception=False, set_status_on_exception=False
    ) as current:
        try:
            yield
        except BaseException as error:
            current.set_attribute("error.type", type(error).__name__)
            raise
