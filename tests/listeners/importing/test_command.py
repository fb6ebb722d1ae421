from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from listeners.models import Mention, Source

pytestmark = pytest.mark.django_db


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "posts.csv"
    path.write_text(
        "Datum;Nutzer;Text\n"
        "24.11.2026 10:00;@jana;Die Öse ist gerissen\n"
        "gestern;@ben;Alles gut\n"
        "1.2.2015 10:00;@mo;[bold]=1+1</b>\u202e\n",
        encoding="cp1252",
        errors="replace",
    )
    return path


def run(*arguments: str | Path) -> None:
    call_command("import", *map(str, arguments), "--brand", "zehnschritt", "--no-run")


def test_a_file_is_stored_and_its_bad_rows_are_set_aside(
    file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run(file)
    assert Mention.objects.count() == 2
    said = capsys.readouterr().out
    assert "CSV separated by ;" in said and "kulanz run" in said
    (reject,) = map(json.loads, (file.parent / "posts.csv.rejected.jsonl").read_text().splitlines())
    assert (reject["line"], reject["row"]["Nutzer"]) == (3, "@ben")
    assert "Datum: 'gestern' is not a date" in reject["reason"]
    first = Mention.objects.select_related("author").get(author__handle="jana")
    assert first.posted_at == datetime(2026, 11, 24, 9, tzinfo=UTC)
    assert (first.can_reply, first.network) == (False, "file")
    assert Mention.objects.get(author__handle="mo").is_backfill


def test_importing_twice_adds_nothing(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run(file)
    before = list(Mention.objects.order_by("pk").values())
    run(file)
    assert list(Mention.objects.order_by("pk").values()) == before
    assert Source.objects.get().slug == "import-zehnschritt-file"


def test_columns_can_be_named_and_networks_told(tmp_path: Path) -> None:
    path = tmp_path / "posts.jsonl"
    path.write_text('{"what": "Gerissen", "nr": "570306133677760513"}\n')
    run(path, "--map", "text=what", "id=nr", "--network", "x")
    assert Mention.objects.get().native_id == "570306133677760513"
    assert Mention.objects.get().network == "x"


def test_one_bad_file_does_not_keep_the_others_out(file: Path, tmp_path: Path) -> None:
    empty = tmp_path / "empty.csv"
    empty.touch()
    with pytest.raises(CommandError, match=r"empty\.csv is empty") as fault:
        run(empty, tmp_path, tmp_path / "none.csv", file)
    assert len(str(fault.value).splitlines()) == 3
    assert Mention.objects.count() == 2


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--map", "text"], "write FIELD=COLUMN"),
        (["--network", "X!"], "--network X!"),
        (["--map", "text=none"], "no such column"),
    ],
)
def test_mistakes_of_the_call_are_explained(file: Path, arguments: list[str], said: str) -> None:
    with pytest.raises(CommandError, match=said):
        run(file, *arguments)


def test_an_unknown_brand_is_named_with_those_that_exist(file: Path) -> None:
    with pytest.raises(CommandError, match="zehnschritt"):
        call_command("import", str(file), "--brand", "nobody")


def test_rejects_that_cannot_be_written_say_so(file: Path) -> None:
    (file.parent / "posts.csv.rejected.jsonl").mkdir()
    with pytest.raises(CommandError, match="cannot be written"):
        run(file)


def test_posts_of_today_are_no_history(tmp_path: Path, now: datetime) -> None:
    path = tmp_path / "posts.jsonl"
    path.write_text(
        json.dumps({"text": "Gerissen", "date": (datetime.now(UTC) - timedelta(hours=1)).isoformat()})
    )
    run(path)
    assert not Mention.objects.get().is_backfill
