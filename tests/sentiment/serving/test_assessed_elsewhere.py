from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path

import httpx
import pytest
from django.core.management import CommandError, call_command
from pydantic import SecretStr
from pytest_django.fixtures import Settings

from listeners.models import DeadLetter, Mention
from sentiment import champion
from sentiment.assess import assess
from sentiment.classifier import SHIPPED, Classifier
from sentiment.exceptions import ModelError, ModelUnavailable
from sentiment.models import Assessment
from sentiment.serving.wire import HEALTH
from tests.factories import make_mention, make_source
from tests.sentiment.serving.conftest import Connect
from tests.servers.model_service import Recorded, free_port, serving, wait_until

pytestmark = pytest.mark.django_db
ROOT = Path(__file__).resolve().parents[3]
TOKEN = "fedcba9876543210" * 2


@pytest.fixture(autouse=True)
def _connections_end(connect: Connect, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sentiment.service.remote_model", lambda url, token: connect(url, token=token))


@pytest.fixture
def no_other_model(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fail where a model is loaded in this process."""

    def load() -> None:
        raise AssertionError("another model was asked")

    monkeypatch.setattr("sentiment.service.classifier", load)


def at(settings: Settings, url: str, token: str = "") -> None:
    """Let this installation use the service at `url`."""
    named = {"model_url": url, "model_token": SecretStr(token) if token else None}
    settings.ENVIRONMENT = settings.ENVIRONMENT.model_copy(update=named)


@pytest.mark.usefixtures("no_other_model")
def test_mentions_wait_while_the_service_is_down_and_are_assessed_once_when_it_is_up(
    now: datetime, settings: Settings
) -> None:
    mention = make_mention("Mein Paket fehlt", now=now)
    at(settings, f"http://127.0.0.1:{free_port()}")
    with pytest.raises(ModelUnavailable):
        assess(now=now)
    assert not Assessment.objects.exists() and not DeadLetter.objects.exists()
    with serving(Recorded(), token=TOKEN) as url:
        at(settings, url, "x" * 32)
        with pytest.raises(ModelError, match="refuses"):
            assess(now=now)
        at(settings, url, TOKEN)
        assert assess(now=now) == 1
        assert assess(now=now) == 0
    found = Assessment.objects.get(mention=mention)
    assert (found.model_name, found.model_version) == ("recorded", "Mein Paket fehlt")


@pytest.mark.usefixtures("no_other_model")
def test_a_mention_that_breaks_the_services_model_is_put_aside_and_the_others_go_on(
    now: datetime, settings: Settings
) -> None:
    source = make_source(now=now)
    for text in ("a", "b", "poison", "c", "d"):
        make_mention(text, now=now, source=source)
    with serving(Recorded()) as url:
        at(settings, url)
        assert assess(now=now) == 5
    assert Assessment.objects.count() == 4
    assert "RuntimeError: shape mismatch" in DeadLetter.objects.get(mention__text="poison").error


def test_a_service_killed_in_the_middle_of_a_request_loses_nothing_and_goes_on_with_the_next_champion(
    now: datetime, settings: Settings, tmp_path: Path
) -> None:
    source, port, sign = make_source(now=now), free_port(), tmp_path / "asked"
    make_mention("Mein Konto wurde gehackt!", now=now, source=source)
    at(settings, url := f"http://127.0.0.1:{port}")
    hanging = [sys.executable, "-m", "tests.servers.model_service", str(port), str(sign)]
    with subprocess.Popen(hanging, cwd=ROOT) as service, ThreadPoolExecutor() as pool:
        wait_until(lambda: is_up(url), seconds=120)
        pool.submit(lambda: (wait_until(sign.exists), service.send_signal(signal.SIGKILL)))
        with pytest.raises(ModelUnavailable, match="does not answer"):
            assess(now=now)
    assert not Assessment.objects.exists()
    environment = {"KULANZ_VAR": str(tmp_path), "KULANZ_MODEL_TOKEN": "", "KULANZ_THREADS": "1"}
    command = [sys.executable, "-m", "config.command", "serve-model", "--port", str(port)]
    with subprocess.Popen(
        command, cwd=ROOT, env=os.environ | environment, stdout=subprocess.DEVNULL
    ) as service:
        wait_until(lambda: is_up(url), seconds=120)
        assert assess(now=now) == 1
        assert Assessment.objects.get().model_hash == Classifier.load(threads=1).description.sha256
        promote_another(settings, tmp_path)
        make_mention("Wo bleibt mein Paket?", now=now, source=source)
        assert assess(now=now) == 1
        service.terminate()
        assert service.wait(30) in (0, -signal.SIGTERM)
    assert set(Assessment.objects.values_list("model_version", flat=True)) > {"next"}
    assert Mention.objects.filter(assessed_at=None).count() == 0


def promote_another(settings: Settings, var: Path) -> None:
    """Make a model with another version's name the champion of the installation in `var`."""
    folder = shutil.copytree(SHIPPED, var / "another")
    about = folder / "model.json"
    version = Classifier.load(threads=1).description.version
    about.write_text(about.read_text().replace(f'"{version}"', '"next"', 1))
    held = settings.ENVIRONMENT
    settings.ENVIRONMENT = held.model_copy(update={"var": var, "model": None})
    champion.crown(folder)
    settings.ENVIRONMENT = held


def is_up(url: str) -> bool:
    try:
        return httpx.get(url + HEALTH).status_code == httpx.codes.OK
    except httpx.TransportError:
        return False


def test_a_service_that_others_can_reach_needs_a_token(settings: Settings) -> None:
    at(settings, "")
    for host in ("0.0.0.0", "::", "care.example"):
        with pytest.raises(CommandError, match="set KULANZ_MODEL_TOKEN"):
            call_command("serve-model", "--host", host)
