"""Kibana's import, played by a server that answers as Kibana does."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from trends.kibana.ndjson import KibanaFault, bring, ndjson

READY = {"status": {"overall": {"level": "available"}}}
STARTING = {"status": {"overall": {"level": "unavailable", "summary": "Kibana is starting"}}}


def client(server: HTTPServer) -> httpx.Client:
    return httpx.Client(base_url=server.url_for(""), timeout=5, trust_env=False)


def never(seconds: float) -> None:
    raise AssertionError("waited")


def lines_of(request: Request) -> list[dict[str, Any]]:
    return [json.loads(line) for line in request.files["file"].read().decode().splitlines()]


def test_all_objects_are_brought_over_those_of_the_same_ids(httpserver: HTTPServer) -> None:
    brought: list[dict[str, Any]] = []

    def imported(request: Request) -> Response:
        assert request.args["overwrite"] == "true" and request.headers["kbn-xsrf"]
        brought.extend(lines_of(request))
        return Response(
            json.dumps({"success": True, "successCount": len(brought)}), mimetype="application/json"
        )

    httpserver.expect_request("/api/status").respond_with_json(READY)
    httpserver.expect_request("/api/saved_objects/_import", method="POST").respond_with_handler(imported)
    with client(httpserver) as kibana:
        assert bring(kibana, sleep=never) == len(brought) == ndjson().count("\n")


def test_a_kibana_that_starts_is_waited_for(httpserver: HTTPServer) -> None:
    waited: list[float] = []
    httpserver.expect_ordered_request("/api/status").respond_with_json(STARTING, status=503)
    httpserver.expect_ordered_request("/api/status").respond_with_data("Kibana server is not ready yet", 503)
    httpserver.expect_ordered_request("/api/status").respond_with_json(READY)
    httpserver.expect_ordered_request("/api/saved_objects/_import").respond_with_json(
        {"success": True, "successCount": 9}
    )
    with client(httpserver) as kibana:
        assert bring(kibana, patience=60, sleep=waited.append) == 9
    assert len(waited) == 2


def test_a_kibana_that_does_not_get_ready_is_named_with_its_state(httpserver: HTTPServer) -> None:
    httpserver.expect_request("/api/status").respond_with_json(STARTING, status=503)
    with client(httpserver) as kibana, pytest.raises(KibanaFault, match="not ready: unavailable"):
        bring(kibana, patience=4, sleep=lambda seconds: None)


def test_nobody_at_the_address_is_told_so(httpserver: HTTPServer) -> None:
    address = httpserver.url_for("")
    httpserver.stop()
    with (
        httpx.Client(base_url=address, trust_env=False) as kibana,
        pytest.raises(KibanaFault, match="refused"),
    ):
        bring(kibana, sleep=never)
    httpserver.start()


@pytest.mark.parametrize("status", [401, 403])
def test_a_refused_log_in_says_which_role_is_needed(httpserver: HTTPServer, status: int) -> None:
    httpserver.expect_request("/api/status").respond_with_json({}, status=status)
    httpserver.expect_request("/api/saved_objects/_import").respond_with_json({}, status=status)
    with client(httpserver) as kibana, pytest.raises(KibanaFault, match="kibana_admin"):
        bring(kibana, sleep=never)


def test_what_kibana_did_not_take_is_listed(httpserver: HTTPServer) -> None:
    refused = {"type": "dashboard", "id": "kulanz-dashboard-care", "error": {"type": "missing_references"}}
    httpserver.expect_request("/api/status").respond_with_json(READY)
    httpserver.expect_request("/api/saved_objects/_import").respond_with_json(
        {"success": False, "successCount": 8, "errors": [refused]}
    )
    what = "dashboard kulanz-dashboard-care: missing_references"
    with client(httpserver) as kibana, pytest.raises(KibanaFault, match=what):
        bring(kibana, sleep=never)
