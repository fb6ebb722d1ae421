from __future__ import annotations

import sys
from collections.abc import Iterator

import pytest
from django.test import Client

from config.traces import TracesFault, configure, span
from tests.needs import need_module

ADDRESS = "OTEL_EXPORTER_OTLP_ENDPOINT"


@pytest.fixture(scope="session")
def exporter() -> Iterator[object]:
    """What keeps spans in memory; a process can say only once where they go."""
    need_module("opentelemetry.sdk", extra="otel")
    from opentelemetry import trace
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import SimpleSpanProcessor
    from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

    kept = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(kept))
    trace.set_tracer_provider(provider)
    yield kept
    provider.shutdown()


@pytest.fixture
def spans(exporter: object, monkeypatch: pytest.MonkeyPatch) -> object:
    monkeypatch.setenv(ADDRESS, "http://127.0.0.1:9")
    exporter.clear()  # type: ignore[attr-defined]
    return exporter


@pytest.mark.django_db
def test_a_request_is_traced_by_its_view_and_never_by_its_address(spans: object, client: Client) -> None:
    client.get("/login?next=/posts?q=Jana", headers={"X-Request-ID": "number-17"})
    (one,) = spans.get_finished_spans()  # type: ignore[attr-defined]
    assert one.name == "request"
    assert dict(one.attributes) == {
        "request_id": "number-17",
        "method": "GET",
        "view": "login",
        "status": 200,
    }


def test_a_failed_piece_of_work_says_of_which_kind_and_none_of_its_words(spans: object) -> None:
    with pytest.raises(KeyError), span("stage", stage="assess"):
        raise KeyError("geheime Worte")
    (one,) = spans.get_finished_spans()  # type: ignore[attr-defined]
    assert one.status.description == "KeyError" and not one.events
    assert "geheim" not in one.to_json()


def test_a_stage_s_batches_are_traced_where_they_did_something(spans: object) -> None:
    from config.pipeline import Stage, run_once

    counts = iter([3, 0])
    run_once([Stage("assess", lambda *, now: next(counts))])
    done = [dict(one.attributes) for one in spans.get_finished_spans()]  # type: ignore[attr-defined]
    assert done == [{"stage": "assess", "handled": 3}]


def test_without_an_address_nothing_is_traced(exporter: object, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(ADDRESS, raising=False)
    exporter.clear()  # type: ignore[attr-defined]
    with span("stage") as known:
        known(handled=1)
    configure()
    assert exporter.get_finished_spans() == ()  # type: ignore[attr-defined]


@pytest.mark.parametrize("missing", ["opentelemetry", "opentelemetry.sdk"])
def test_an_address_without_what_sends_is_a_fault_with_what_to_install(
    monkeypatch: pytest.MonkeyPatch, missing: str
) -> None:
    need_module("opentelemetry.sdk", extra="otel")
    monkeypatch.setenv(ADDRESS, "http://127.0.0.1:9")
    monkeypatch.setitem(sys.modules, missing, None)
    with pytest.raises(TracesFault, match=r"kulanz\[otel\]"):
        configure()
