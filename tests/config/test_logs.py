"""What the log says of faults that nobody foresaw."""

from __future__ import annotations

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
