from __future__ import annotations

import re
import subprocess
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.utils import translation

from responders.console import words
from tests.needs import need

CATALOGUE = Path(settings.LOCALE_PATHS[0]) / "de" / "LC_MESSAGES" / "django.po"


def test_every_sentence_has_a_german_one() -> None:
    text = CATALOGUE.read_text()
    entries = text.split("\n\n")[1:]
    empty = [entry for entry in entries if re.search(r'^msgstr(\[\d\])? ""$(?!\n")', entry, re.M)]
    assert not empty
    assert "fuzzy" not in text and "#~" not in text


def test_the_catalogue_holds_what_the_source_says_and_is_compiled(tmp_path: Path) -> None:
    import shutil

    need(shutil.which("xgettext") is not None, "gettext is not installed (apt install gettext)")
    before, compiled = CATALOGUE.read_text(), CATALOGUE.with_suffix(".mo")
    root = Path(settings.ROOT_URLCONF and settings.LOCALE_PATHS[0]).parents[2]
    copy = tmp_path / "django.po"
    copy.write_text(before)
    try:
        _make_messages(root)
        assert _sentences(CATALOGUE.read_text()) == _sentences(before), "run: kulanz makemessages -l de"
    finally:
        CATALOGUE.write_text(before)
    subprocess.run(["msgfmt", "-o", tmp_path / "django.mo", copy], check=True, capture_output=True)
    assert (tmp_path / "django.mo").read_bytes() == compiled.read_bytes(), "run: kulanz compilemessages"


def _make_messages(root: Path) -> None:
    import sys

    command = [sys.executable, "-c", "from config.command import main; main()"]
    options = ["makemessages", "-l", "de", "--no-location", "--no-wrap", "--no-obsolete"]
    subprocess.run([*command, *options], cwd=root, check=True, capture_output=True)


def _sentences(text: str) -> set[str]:
    return set(re.findall(r'^msgid (.*(?:\n".*")*)', text, re.M))


@pytest.mark.parametrize(
    ("length", "german", "english"),
    [
        (timedelta(seconds=14), "14 s", "14 s"),
        (timedelta(minutes=12, seconds=59), "12 Min.", "12 min"),
        (timedelta(hours=3, minutes=5), "3 Std.", "3 h"),
        (timedelta(days=2, hours=23), "2 Tg.", "2 d"),
        (-timedelta(minutes=7), "7 Min.", "7 min"),
    ],
)
def test_lengths_of_time_are_said_in_their_largest_unit(length: timedelta, german: str, english: str) -> None:
    with translation.override("de"):
        assert words.span(length) == german
    with translation.override("en"):
        assert words.span(length) == english


def test_times_of_today_are_clocks_and_others_have_their_day() -> None:
    now = datetime(2026, 11, 24, 10, tzinfo=UTC)
    with translation.override("de"):
        assert words.at(now, now) == "11:00"
        assert words.at(now - timedelta(days=1), now) == "23. Nov., 11:00"
    with translation.override("en"):
        assert words.at(now - timedelta(days=1), now) == "23 Nov, 11:00"


def test_times_of_another_year_have_their_year() -> None:
    now = datetime(2026, 11, 24, 10, tzinfo=UTC)
    post, ahead = datetime(2015, 2, 24, 11, 12, tzinfo=UTC), datetime(2027, 1, 4, 8, tzinfo=UTC)
    with translation.override("de"):
        assert words.at(post, now) == "24. Feb. 2015, 12:12"
        assert words.at(ahead, now) == "4. Jan. 2027, 09:00"
        assert words.day(post.date(), now.date()) == "Di, 24. Feb. 2015"
        assert words.day(date(2026, 2, 24), now.date()) == "Di, 24. Feb."
    with translation.override("en"):
        assert words.at(post, now) == "24 Feb 2015, 12:12"
        assert words.day(post.date(), now.date()) == "Tue, 24 Feb 2015"
        assert words.day(date(2026, 2, 24), now.date()) == "Tue, 24 Feb"


def test_the_night_of_new_year_counts_by_the_readers_clock() -> None:
    now = datetime(2026, 12, 31, 23, 30, tzinfo=UTC)
    with translation.override("en"):
        assert words.at(now - timedelta(hours=1), now) == "31 Dec 2026, 23:30"
