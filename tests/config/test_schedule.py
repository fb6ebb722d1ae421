"""What Airflow's DAGs read of the environment."""

from __future__ import annotations

import json

import pytest
from django.core.management import call_command

from config.environment import EnvironmentFault, read_environment
from config.schedule import listen_seconds, pools


def test_pools_are_networks_with_how_many_at_a_time() -> None:
    assert pools("mastodon=4  x=2") == {"mastodon": 4, "x": 2}
    assert pools("") == {}


@pytest.mark.parametrize("text", ["x", "x=0", "x=-1", "x=two", "X=1", "x=1 x=2", "x=1,mastodon=2", "x =1"])
def test_pools_that_nobody_can_read_stop_the_start(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KULANZ_POOLS", text)
    with pytest.raises(EnvironmentFault, match="KULANZ_POOLS"):
        read_environment()


def test_sources_are_looked_for_every_ten_seconds_or_as_told(monkeypatch: pytest.MonkeyPatch) -> None:
    assert listen_seconds() == 10
    monkeypatch.setenv("KULANZ_LISTEN_SECONDS", "30")
    assert listen_seconds() == 30


def test_pools_are_written_as_airflow_reads_them(
    settings: object, capsys: pytest.CaptureFixture[str]
) -> None:
    settings.ENVIRONMENT = settings.ENVIRONMENT.model_copy(update={"pools": "demo_x=2"})  # type: ignore[attr-defined]
    call_command("pools")
    assert json.loads(capsys.readouterr().out)["kulanz_demo_x"]["slots"] == 2
