from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from config.brand_files import UnknownBrand, all_brands
from sentiment import classify

ROOT = Path(__file__).resolve().parents[2]


def test_one_call_gives_a_verdict() -> None:
    assert classify("Danke an das Team, ihr habt meine Reise gerettet! 😀").sentiment == "positive"
    assert classify("Mein Paket fehlt seit Tagen", language="nl").supported is False


def test_the_named_brands_terms_count(monkeypatch: pytest.MonkeyPatch) -> None:
    brands = dict(all_brands())
    brands["game"] = brands["zehnschritt"].model_copy(update={"slug": "game", "terms": ["Gehackt"]})
    for module in ("config.brand_files", "sentiment.judge", "sentiment.levels"):
        monkeypatch.setattr(f"{module}.all_brands", lambda: brands)
    text = "Gehackt läuft bei mir seit heute"
    assert classify(text).urgency >= 2 > classify(text, brand="game").urgency


def test_a_brand_that_does_not_exist_is_refused() -> None:
    with pytest.raises(UnknownBrand, match="zehnschritt"):
        classify("Danke!", brand="nobody")


def test_it_works_where_django_has_no_settings(tmp_path: Path) -> None:
    code = (
        "from sentiment import classify\n"
        "from django.conf import settings\n"
        "verdicts = classify('Danke!'), classify('Danke!', brand='zehnschritt')\n"
        "assert not settings.configured\n"
        "print(*(verdict.sentiment for verdict in verdicts))"
    )
    environment = {k: v for k, v in os.environ.items() if k != "DJANGO_SETTINGS_MODULE"}
    environment |= {"PYTHONPATH": str(ROOT), "KULANZ_VAR": str(tmp_path / "var")}
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=environment,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (done.stdout, done.stderr) == ("positive positive\n", "")
    assert not (tmp_path / "var").exists()
