"""Traces for OpenTelemetry, off unless OTEL_EXPORTER_OTLP_ENDPOINT is set; they hold no words of people."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.util import find_spec

_ADDRESS = "OTEL_EXPORTER_OTLP_ENDPOINT"
Value = str | int | float | bool


class TracesFault(Exception):
    """Raised at start when traces are wanted and what sends them is not installed."""


def configure() -> None:
    """Send spans where the standard variables of OpenTelemetry say; nothing where they say nothing.

    Raises TracesFault where the extra is missing.
    """
    if not os.environ.get(_ADDRESS):
        return
    # Who asks for a part of a package that is missing gets an exception.
    if find_spec("opentelemetry") is None or find_spec("opentelemetry.sdk") is None:
        raise TracesFault(f"{_ADDRESS} is set: pip install 'kulanz[otel]', or unset it.")
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
    """Trace a piece of work about which something becomes known: what is yielded takes it.

    Work of which nothing became known, such as a look that found nothing, is not traced. An exception marks
    the span as failed by its type alone, since its text may hold people's words.
    """
    known: dict[str, Value] = {}
    began = time.time_ns()
    try:
        yield known.update
    except BaseException as fault:
        _send(name, began, attributes | known, fault=type(fault).__name__)
        raise
    if known:
        _send(name, began, attributes | known)


def _send(name: str, began: int, attributes: dict[str, Value], *, fault: str = "") -> None:
    if not os.environ.get(_ADDRESS):
        return
    from opentelemetry.trace import Status, StatusCode, get_tracer

    one = get_tracer("kulanz").start_span(name, start_time=began, attributes=attributes)
    if fault:
        one.set_status(Status(StatusCode.ERROR, fault))
    one.end()
