from __future__ import annotations

import shutil
from collections import namedtuple
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError
from pytest_django.fixtures import Settings
from pytest_httpserver import HTTPServer

from config.backup.latest import note
from config.health import look
from config.waiting import waiting
from listeners.models import Media, Source
from tests.factories import make_agent, make_assessment, make_mention, make_source
from tests.responders.console.conftest import at_desk
from trends.models import Change

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


def counted(now: datetime) -> dict[str, tuple[int, timedelta | None]]:
    return {one.stage: (one.count, one.since and now - one.since) for one in waiting(now=now) if one.count}


def test_what_waits_is_counted_for_each_stage_with_its_age(now: datetime) -> None:
    make_mention(now=now - 3 * HOUR)
    make_mention(now=now - 2 * HOUR, edited_at=now - HOUR)
    assessed = make_mention(now=now - 3 * HOUR)
    make_assessment(assessed, now=now - 2 * HOUR)
    Media.objects.create(mention=assessed, url="https://p.example/1", next_fetch_at=now - HOUR)
    Media.objects.create(mention=assessed, url="https://p.example/2", next_fetch_at=now + HOUR)
    make_source(now=now, network="demo_x", next_fetch_at=now - 4 * HOUR)
    make_source(now=now, network="demo_x", next_fetch_at=now - HOUR, state=Source.State.PAUSED)
    Change.objects.create(kind="mention", key="1", due_at=now - HOUR)
    assert counted(now) == {
        "copy": (1, HOUR),
        "listen": (1, 4 * HOUR),
        "assess": (2, 3 * HOUR),
        "route": (1, 2 * HOUR),
        "photos": (1, HOUR),
    }


def test_an_old_post_that_was_edited_waits_since_the_edit(now: datetime) -> None:
    make_mention(now=now - 900 * HOUR, edited_at=now - HOUR)
    assert counted(now) == {"assess": (1, HOUR)}


def test_nothing_waits_in_an_empty_installation(now: datetime) -> None:
    assert counted(now) == {}
    assert all(finding.ok for finding in look("stages", now=now))


def test_a_stage_is_not_well_once_something_waits_for_five_minutes(now: datetime) -> None:
    make_mention(now=now - timedelta(minutes=6))
    unwell = [finding for finding in look("stages", now=now) if not finding.ok]
    assert [(one.part, one.message) for one in unwell] == [("Stage assess", "1 waits, the first for 6 min")]
    assert all(finding.ok for finding in look("stages", now=now - timedelta(minutes=2)))


def test_a_backup_is_missed_after_a_day_and_a_half(var: Path, now: datetime) -> None:
    (missing,) = look("backup", now=now)
    assert not missing.ok and "kulanz backup" in missing.what_to_do
    note("kulanz-1.tar.zst", at=now - 35 * HOUR)
    assert look("backup", now=now)[0].ok
    assert not look("backup", now=now + 2 * HOUR)[0].ok


def test_a_full_disk_is_not_well_also_before_anything_was_written(
    var: Path, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage(100e9, 97e9, 3e9))
    shutil.rmtree(var)
    (disk,) = look("disk", now=now)
    assert (disk.ok, disk.message) == (False, "3 of 100 GB are free")


def test_without_its_database_the_page_still_comes(now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    def down(*_: object, **__: object) -> None:
        raise DatabaseError("no route, password=geheim")

    monkeypatch.setattr("config.health.are_waiting", down)
    monkeypatch.setattr("config.health.waiting", down)
    found = {finding.part: finding for finding in look(now=now)}
    assert not found["Database"].ok and not found["Stages"].ok and found["Versions"].ok
    assert "geheim" not in str(found)


@pytest.mark.parametrize("status", [200, 503, 0])
def test_a_model_service_is_asked(
    now: datetime, settings: Settings, httpserver: HTTPServer, status: int
) -> None:
    httpserver.expect_request("/healthz").respond_with_data("", status=status or 200)
    url = httpserver.url_for("") if status else "http://127.0.0.1:9"
    settings.ENVIRONMENT = settings.ENVIRONMENT.model_copy(update={"model_url": url})
    (model,) = look("model", now=now)
    assert model.ok == (status == 200) and url.rstrip("/") in model.message


def test_an_elasticsearch_that_is_down_is_not_well_and_says_so(
    now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    from config.health import environment as held

    there = held().model_copy(update={"elastic_url": "http://127.0.0.1:9"})
    monkeypatch.setattr("config.health.environment", lambda: there)
    monkeypatch.setattr("trends.elastic.client.environment", lambda: there)
    (elastic,) = look("elasticsearch", now=now)
    assert not elastic.ok and "cannot be reached" in elastic.message


@pytest.mark.parametrize(("language", "word"), [("de", "nicht in Ordnung"), ("en", "not well")])
def test_the_page_is_for_lead_and_ops_in_their_language(var: Path, language: str, word: str) -> None:
    for role in ("lead", "ops"):
        page = at_desk(make_agent(role, language=language)).get("/health").content.decode()
        assert word in page and "kulanz backup" in page
    for role in ("care", "marketing"):
        assert at_desk(make_agent(role)).get("/health").status_code == 403


def test_the_command_says_the_same_and_fails_where_something_is_not_well(
    var: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    call_command("health", "database", "stages")
    assert "✘" not in capsys.readouterr().out
    with pytest.raises(CommandError, match="1 of 1 parts are not well"):
        call_command("health", "backup")
    assert "none was ever made" in capsys.readouterr().out
    with pytest.raises(CommandError, match="invalid choice"):
        call_command("health", "weather")
