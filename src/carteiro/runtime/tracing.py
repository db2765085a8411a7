"""Sending spans to an OpenTelemetry collector, with the extra ``otel``."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from carteiro.delivery.telemetry import trace_with
from carteiro.errors import InvalidSettings
from carteiro.settings import Settings
from carteiro.version import VERSION


@contextmanager
def export_traces(settings: Settings, *, kind: str) -> Iterator[None]:
    """Export to ``otlp_endpoint``, where one is set; what is left is sent at the end.

    Raises ``InvalidSettings`` when the extra is not installed.
    """
    if settings.otlp_endpoint is None:
        yield
        return
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import (  # noqa: PLC0415 - an extra
            OTLPSpanExporter,
        )
        from opentelemetry.sdk.resources import Resource  # noqa: PLC0415
        from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415
        from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415
    except ImportError:
        raise InvalidSettings(
            'CARTEIRO_OTLP_ENDPOINT needs the extra: pip install "carteiro[otel]".'
        ) from None
    resource = Resource.create({"service.name": f"carteiro-{kind}", "service.version": VERSION})
    provider = TracerProvider(resource=resource)
    exporter = OTLPSpanExporter(endpoint=f"{settings.otlp_endpoint.rstrip('/')}/v1/traces")
    provider.add_span_processor(BatchSpanProcessor(exporter))
    trace_with(provider.get_tracer("carteiro"))
    try:
        yield
    finally:
        trace_with(None)
        provider.shutdown()
