from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from sentiment import service
from sentiment.assess import assess
from sentiment.classifier import Classifier
from sentiment.exceptions import ModelError
from sentiment.labels import HEADS
from sentiment.models import Assessment
from sentiment.verdict import Verdict
from tests.factories import make_mention
from tests.needs import need_module
from tests.sentiment.tiny_hub import save_tiny

POSTS = [
    "Danke an das Team, ihr habt meine Reise gerettet! 😀",
    "Your support is a joke. Third time I call, nobody helps, my order is still missing!",
    "Wann macht die Filiale am Samstag auf?",
    "😡",
    "",
    "my account was hacked and 900 euros are gone, please answer!",
    "Der Koffer fehlt, niemand hilft. " * 40,
]


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny hub model that answers sentiment."""
    for module in ("torch", "transformers"):
        need_module(module, extra="hub")
    return save_tiny(tmp_path_factory.mktemp("models") / "tiny")


@pytest.fixture(scope="session")
def hub(folder: Path) -> Classifier:
    """The classifier that thinks with the tiny model and the shipped one."""
    return service.load(f"hf:{folder}")


@pytest.fixture
def offline(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing asks the network for models."""
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)


def _shares(verdicts: list[Verdict]) -> list[list[float]]:
    return [[v.probabilities["sentiment"][label] for label in HEADS["sentiment"]] for v in verdicts]


def test_a_hub_model_says_the_sentiment_and_the_shipped_one_the_rest(
    hub: Classifier, model: Classifier
) -> None:
    found, shipped = hub.classify(POSTS), model.classify(POSTS)
    for head in ("urgency", "angry", "intent"):
        assert [v.probabilities[head] for v in found] == [v.probabilities[head] for v in shipped]
        assert [getattr(v, head) for v in found] == [getattr(v, head) for v in shipped]
    assert _shares(found) != _shares(shipped)
    assert all(sum(row) == pytest.approx(1, abs=0.001) for row in _shares(found))
    for verdict in found:
        assert verdict.sentiment == max(
            HEADS["sentiment"], key=lambda a: verdict.probabilities["sentiment"][a]
        )


def test_verdicts_name_both_models_with_their_hashes(
    hub: Classifier, model: Classifier, folder: Path
) -> None:
    weights = hashlib.sha256((folder / "model.safetensors").read_bytes()).hexdigest()
    about, (verdict,) = model.description, hub.classify(["Hallo"])
    assert verdict.model_name == f"hf:tiny + {about.name}"
    assert verdict.model_version == f"{weights[:12]} + {about.version}"
    assert verdict.model_hash == f"{weights}+{about.sha256}"


def test_a_verdict_does_not_depend_on_the_posts_beside_it_by_more_than_rounding(folder: Path) -> None:
    import torch

    from sentiment.backends.hub import HubBackend

    judge = HubBackend.load(str(folder), dtype=torch.float32)
    together = [rows["sentiment"] for rows in judge.probabilities(POSTS * 9)]
    alone = [next(judge.probabilities([post]))["sentiment"] for post in POSTS]
    for post, row in enumerate(together):
        assert row == pytest.approx(alone[post % len(POSTS)], abs=1e-5)


def test_bfloat16_says_nearly_the_same(folder: Path) -> None:
    import torch

    from sentiment.backends.hub import HubBackend

    exact, short = (HubBackend.load(str(folder), dtype=kind) for kind in (torch.float32, torch.bfloat16))
    for one, other in zip(exact.probabilities(POSTS), short.probabilities(POSTS), strict=True):
        assert one["sentiment"] == pytest.approx(other["sentiment"], abs=0.08)


def test_a_gpu_says_nearly_the_same_as_the_processor(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import torch

    from sentiment.backends import hub

    if not torch.cuda.is_available():
        pytest.skip("this machine has no GPU that torch can use")
    on_gpu = [rows["sentiment"] for rows in hub.HubBackend.load(str(folder)).probabilities(POSTS * 99)]
    monkeypatch.setattr(hub, "best_device", lambda: torch.device("cpu"))
    judge = hub.HubBackend.load(str(folder), dtype=torch.float32)
    for one, other in zip(on_gpu, judge.probabilities(POSTS * 99), strict=True):
        assert one == pytest.approx(other["sentiment"], abs=0.08)


def test_a_long_post_is_read_to_its_end(hub: Classifier) -> None:
    calm = "Der Koffer kam heute und niemand hat etwas gesagt. " * 100
    quiet, loud = _shares(hub.classify([calm, calm + "Thanks a lot, great support! " * 20]))
    assert quiet != loud


def test_another_language_is_told_and_not_judged(hub: Classifier) -> None:
    (verdict,) = hub.classify(["Kargom üç haftadır gelmedi, rezalet bir firma"])
    assert (verdict.language, verdict.supported, verdict.sentiment) == ("tr", False, "neutral")


def test_threads_may_share_a_model(hub: Classifier) -> None:
    expected = hub.classify(POSTS)
    with ThreadPoolExecutor(8) as pool:
        assert all(found == expected for found in pool.map(hub.classify, [POSTS] * 24))


def test_a_file_says_what_labels_mean(tmp_path: Path, folder: Path, settings: Any) -> None:
    anonymous = shutil.copytree(folder, tmp_path / "anonymous")
    config = json.loads((folder / "config.json").read_text())
    labels = {str(at): f"LABEL_{at}" for at in range(3)}
    (anonymous / "config.json").write_text(json.dumps(config | {"id2label": labels}))
    file = tmp_path / "labels.toml"
    file.write_text('[sentiment]\nLABEL_0 = "positive"\nLABEL_1 = "positive"\nLABEL_2 = "negative"\n')
    settings.ENVIRONMENT = settings.ENVIRONMENT.model_copy(update={"labels": file})
    known = _shares(service.load(f"hf:{anonymous}").classify(POSTS[:1]))
    settings.ENVIRONMENT = settings.ENVIRONMENT.model_copy(update={"labels": None})
    ((first, second, third),) = _shares(service.load(f"hf:{folder}").classify(POSTS[:1]))
    assert known == [[third, 0, pytest.approx(first + second, abs=0.001)]]


def test_a_model_that_answers_everything_works_alone(tmp_path: Path, folder: Path, settings: Any) -> None:
    names = [f"{head}: {answer}" for head, answers in HEADS.items() for answer in answers]
    file = tmp_path / "labels.toml"
    tables = (
        f"[{head}]\n" + "".join(f'"{head}: {answer}" = "{answer}"\n' for answer in answers)
        for head, answers in HEADS.items()
    )
    file.write_text("".join(tables))
    settings.ENVIRONMENT = settings.ENVIRONMENT.model_copy(update={"labels": file})
    (verdict,) = service.load(f"hf:{save_tiny(tmp_path / 'all', names)}").classify(["Wo bleibt mein Paket?"])
    assert verdict.model_name == "hf:all"
    assert {head: tuple(shares) for head, shares in verdict.probabilities.items()} == HEADS


@pytest.mark.usefixtures("offline", "folder")
@pytest.mark.parametrize(
    ("broken", "fault"),
    [
        ("missing", "no model can be loaded from there"),
        ("empty", "no model can be loaded from there"),
        ("weights", "no model can be loaded from there"),
        ("head", "was not trained to classify, for its weights lack classifier"),
        ("tokenizer", "its tokenizer is empty"),
        ("tokenizer file", "its tokenizer cannot be loaded"),
        ("misfit", "weights and tokenizer do not fit"),
        ("labels", "what the model's labels LABEL_0, LABEL_1 mean is not known"),
    ],
)
def test_a_model_that_cannot_be_used_is_told_with_its_name(tmp_path: Path, broken: str, fault: str) -> None:
    place = tmp_path / "broken"
    if broken == "empty":
        place.mkdir()
    elif broken != "missing":
        labels = ("LABEL_0", "LABEL_1") if broken == "labels" else ("negative", "neutral", "positive")
        pieces = 30 if broken == "misfit" else 400
        save_tiny(
            place, labels, pieces=pieces, with_tokenizer=broken != "tokenizer", with_head=broken != "head"
        )
    if broken == "weights":
        (place / "model.safetensors").write_bytes(b"no weights")
    if broken == "tokenizer file":
        (place / "tokenizer.json").write_text("{")
    with pytest.raises(ModelError, match=fault) as raised:
        service.load(f"hf:{place}")
    assert f"hf:{place}" in str(raised.value)


def test_without_torch_the_way_to_install_it_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "find_spec", lambda name: None)
    with pytest.raises(ModelError, match=r"needs torch and transformers: pip install 'kulanz\[hub\]'"):
        service.load("hf:someone/something")


def test_a_model_of_ours_needs_no_torch() -> None:
    code = (
        "import os, sys, django; os.environ['DJANGO_SETTINGS_MODULE'] = 'config.settings'; django.setup()\n"
        "from sentiment.service import classifier; classifier().classify(['hallo du'])\n"
        "sys.exit(any(name in sys.modules for name in ('torch', 'transformers')))"
    )
    environment = {name: value for name, value in os.environ.items() if name != "KULANZ_MODEL"}
    assert subprocess.run([sys.executable, "-c", code], env=environment, timeout=60).returncode == 0


def test_a_cached_model_serves_offline_and_is_known_by_its_revision(folder: Path, tmp_path: Path) -> None:
    revision = "0123456789abcdef0123456789abcdef01234567"
    cached = tmp_path / "hub" / "models--invented--tiny"
    shutil.copytree(folder, cached / "snapshots" / revision)
    (cached / "refs").mkdir()
    (cached / "refs" / "main").write_text(revision)
    command = [sys.executable, "-m", "django", "classify", "--settings", "config.settings"]
    own = {"HF_HOME": str(tmp_path), "HF_HUB_OFFLINE": "1", "KULANZ_MODEL": "hf:invented/tiny"}
    done = subprocess.run(
        command, input=b"Wo bleibt mein Paket?", capture_output=True, timeout=120, env=os.environ | own
    )
    assert (done.returncode, done.stderr) == (0, b"")
    found = json.loads(done.stdout)
    assert found["model_name"].startswith("hf:invented/tiny + ")
    assert found["model_hash"].startswith(f"{revision}+")


def test_evaluate_tries_a_hub_model(folder: Path, hub: Classifier, tmp_path: Path) -> None:
    file = tmp_path / "posts.jsonl"
    said = [verdict.sentiment for verdict in hub.classify(POSTS[:3], ["de", "en", "de"])]
    rows = [
        {"text": post, "label": label, "lang": language}
        for post, label, language in zip(POSTS, said, ("de", "en", "de"), strict=False)
    ]
    file.write_text("\n".join(map(json.dumps, rows)))
    out = StringIO()
    call_command(
        "evaluate", str(file), "--task", "sentiment", "--model", f"hf:{folder}", "--json", stdout=out
    )
    assert json.loads(out.getvalue())["accuracy"] == 1


@pytest.mark.django_db
def test_an_assessment_keeps_both_models(hub: Classifier, now: datetime) -> None:
    make_mention("Wo bleibt mein Paket?", now=now)
    assert assess(now=now, model=hub) == 1
    assert Assessment.objects.get().model_hash == hub.description.sha256
