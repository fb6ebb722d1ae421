"""Traces for OpenTelemetry, off unless OTEL_EXPORTER_OTLP_ENDPOINT is set; they hold no words of people."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.util import find_spec

Value = str | int | float | bool


class TracesFault(Exception):
    """Raised at start when traces are wanted and what sends them is not installed."""


def configure() -> None:
    """Send spans where the standard variables of OpenTelemetry say; nothing where they say nothing.

    Raises TracesFault where the extra is missing.
    """
    if not os.environ.get("OTEL_EXPORTER_OTLP_ENDPOINT"):
        return
    if find_spec("opentelemetry.sdk") is None:
        raise TracesFault("OTEL_EXPORTER_OTLP_ENDPOINT is set: pip install 'kulanz[otel]', or unset it.")
    from opentelemetry import trace
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    if isinstance(trace.get_tracer_provider(), TracerProvider):
        return  # whoever runs Kulanz, such as Airflow, has set it up
    resource = Resource.create({"service.name": os.environ.get("OTEL_SERVICE_NAME", "kulanz")})
    provider = TracerProvider(resource=resource)
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    trace.set_tracer_provider(provider)


@contextmanager
def span(name: str, **attributes: Value) -> Iterator[Callable[..., None]]:
    """Trace a piece of work; what is yielded takes what becomes known of it meanwhile.

    An exception marks the span as failed by its type alone, since its text may hold people's words.
    """
    if not os.environ.get("OTEL_EXPORTER_OTLP_ENDPOINT"):
        yield lambda **known: None
        return
    from opentelemetry.trace import Status, StatusCode, get_tracer

    tracer = get_tracer("kulanz")
    with tracer.start_as_current_span(
        name, attributes=attributes, record_exception=False, set_status_on_exception=False
    ) as one:
        try:
            yield lambda **known: one.set_attributes(known)
        except BaseException as fault:
            one.set_status(Status(StatusCode.ERROR, type(fault).__name__))
            raise
