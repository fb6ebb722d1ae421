"""What the log says of faults that nobody foresaw."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest
import structlog


def test_a_fault_in_the_log_shows_no_token_that_a_variable_holds(capsys: pytest.CaptureFixture[str]) -> None:
    def call(token: str) -> None:
        raise KeyError("data")

    try:
        call("".join(["ge", "heim"]))
    except KeyError:
        structlog.get_logger("test").exception("network_failed", source="s")
    told = capsys.readouterr().out
    assert "network_failed" in told and "KeyError: 'data'" in told
    assert "geheim" not in told


def test_lines_for_programs_are_json_with_their_request_and_without_variables() -> None:
    code = """
import logging, django, structlog
django.setup()
with structlog.contextvars.bound_contextvars(request_id="number-17"):
    try:
        token = "ge" + "heim"
        raise KeyError("data")
    except KeyError:
        structlog.get_logger("test").exception("network_failed", source="Öse")
        logging.getLogger("django.request").exception("Internal Server Error: %s", "/case/1")
"""
    environment = os.environ | {"KULANZ_LOG": "json", "DJANGO_SETTINGS_MODULE": "config.settings"}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True)
    ours, library = json.loads(done.stdout), json.loads(done.stderr)
    assert (ours["event"], ours["source"], ours["level"]) == ("network_failed", "Öse", "error")
    assert library["event"] == "Internal Server Error: /case/1" and library["logger"] == "django.request"
    for line in (ours, library):
        assert line["request_id"] == "number-17" and "KeyError: 'data'" in line["exception"]
        assert line["timestamp"].endswith("Z") and "geheim" not in str(line)
