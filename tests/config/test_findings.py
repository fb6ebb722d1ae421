from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from pydantic import SecretStr
from pytest_django.fixtures import Settings
from pytest_httpserver import HTTPServer

from config.findings import Finding, all_findings
from config.media_storage import in_bucket
from listeners.models import Source
from tests.factories import make_agent, make_source
from tests.needs import need_module

pytestmark = pytest.mark.django_db


def found(part: str) -> Finding:
    return next(finding for finding in all_findings() if finding.part == part)


def test_a_ready_installation_is_green_and_the_command_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    make_agent("care")
    make_agent("lead")
    assert [finding for finding in all_findings() if not finding.ok] == []
    call_command("check")
    assert "✘" not in capsys.readouterr().out


def test_missing_people_are_red_with_what_to_do(capsys: pytest.CaptureFixture[str]) -> None:
    make_agent("care")
    assert found("role care").ok
    lead = found("role lead")
    assert not lead.ok and "createsuperuser" in lead.what_to_do
    with pytest.raises(CommandError, match="1 of"):
        call_command("check")
    assert "✘" in capsys.readouterr().out


def test_a_source_whose_network_does_not_answer_is_red_and_a_paused_one_is_left_alone(now: datetime) -> None:
    source = make_source(now=now, slug="shop", network="demo_x", settings={"base_url": "http://127.0.0.1:9"})
    assert not found("source shop").ok
    source.state = Source.State.PAUSED
    source.save()
    assert "source shop" not in [finding.part for finding in all_findings()]


def test_a_disabled_source_shows_why(now: datetime) -> None:
    make_source(now=now, slug="shop", state=Source.State.DISABLED, last_error="token expired")
    finding = found("source shop")
    assert (finding.ok, finding.message) == (False, "token expired")


def test_each_mistake_of_a_brand_file_is_a_line(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "wrong.yaml").write_text("name: Wrong\n")
    settings.ENVIRONMENT = settings.ENVIRONMENT.model_copy(update={"brands": tmp_path})
    wrong = [finding for finding in all_findings() if finding.part == "brands"]
    assert len(wrong) == 4
    assert not any(finding.ok for finding in wrong)


def test_a_model_that_is_not_there_is_red(settings: Settings, tmp_path: Path) -> None:
    settings.ENVIRONMENT = settings.ENVIRONMENT.model_copy(update={"model": tmp_path})
    assert not found("model").ok


def test_a_storage_of_photos_that_does_not_work_is_red(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    need_module("storages", extra="s3")
    assert found("photos").ok
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "key")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    nowhere = in_bucket("s3://photos?endpoint=http://127.0.0.1:9&region=eu-central-1")
    settings.STORAGES = settings.STORAGES | {"default": nowhere}
    assert not found("photos").ok and "KULANZ_MEDIA_URL" in found("photos").what_to_do


def test_addresses_of_alarms_are_tried_only_when_asked_and_named_by_their_numbers(
    settings: Settings, httpserver: HTTPServer
) -> None:
    assert "told to nobody" in found("alarms").message
    httpserver.expect_request("/chat").respond_with_data("")
    urls = [SecretStr(f"json://localhost:{port}/chat") for port in (httpserver.port, 9)]
    settings.ENVIRONMENT = settings.ENVIRONMENT.model_copy(update={"alarm_urls": urls})
    assert "told to 2" in found("alarms").message and not httpserver.log
    tried = {one.part: one.ok for one in all_findings(tell=True) if "alarm" in one.part}
    assert tried == {"alarm address 1": True, "alarm address 2": False}
    assert httpserver.log[0][0].get_json()["message"] == "This is a trial: alarms arrive here."


def test_an_elasticsearch_that_does_not_answer_is_red_and_none_is_green(settings: Settings) -> None:
    need_module("elasticsearch", extra="elastic")
    assert found("elasticsearch").ok
    settings.ENVIRONMENT = settings.ENVIRONMENT.model_copy(update={"elastic_url": "http://127.0.0.1:9"})
    finding = found("elasticsearch")
    assert not finding.ok and "KULANZ_ELASTIC_URL" in finding.what_to_do
