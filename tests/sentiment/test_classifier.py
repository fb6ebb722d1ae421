from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from sentiment.classifier import SHIPPED, Classifier
from sentiment.exceptions import ModelError
from sentiment.labels import HEADS

POSTS = [
    "Danke an das Team, ihr habt meine Reise gerettet! 😀",
    "Your support is a joke. Third time I call, nobody helps, my order is still missing!",
    "Wann macht die Filiale am Samstag auf?",
    "HILFE, aus dem Akku kommt Rauch und der Laden ist voller Kinder!!!",
    "😡",
    "",
    "my account was hacked and 900 euros are gone, please answer!",
]


def test_clear_posts_get_the_verdict_that_a_person_would_give(model: Classifier) -> None:
    thanks, furious, question, smoke, *_ = model.classify(POSTS)
    assert (thanks.sentiment, thanks.urgency, thanks.angry, thanks.intent) == ("positive", 0, False, "thanks")
    assert (furious.sentiment, furious.angry, furious.intent) == ("negative", True, "problem")
    assert furious.urgency >= 2
    assert (question.urgency, question.intent) == (1, "question")
    assert smoke.urgency == 3
    assert [thanks.language, furious.language] == ["de", "en"]


def test_every_verdict_names_its_model_and_its_probabilities_add_up(model: Classifier) -> None:
    for verdict in model.classify(POSTS):
        assert (verdict.model_name, verdict.model_hash) == (model.description.name, model.description.sha256)
        for head, labels in HEADS.items():
            assert tuple(verdict.probabilities[head]) == labels
            assert sum(verdict.probabilities[head].values()) == pytest.approx(1, abs=0.001)


def test_a_verdict_does_not_depend_on_the_posts_beside_it(model: Classifier) -> None:
    together = model.classify(POSTS * 9)
    assert together[: len(POSTS)] == [model.classify([post])[0] for post in POSTS]
    assert together == model.classify(POSTS * 9)


def test_a_post_without_words_or_signs_asks_for_nothing(model: Classifier) -> None:
    for text in ("", " \n", "\u200b\x00"):
        (verdict,) = model.classify([text])
        assert (verdict.urgency, verdict.sentiment, verdict.angry) == (0, "neutral", False)


def test_a_language_that_the_model_does_not_speak_is_told_and_not_judged(model: Classifier) -> None:
    (verdict,) = model.classify(["Kargom üç haftadır gelmedi, rezalet bir firma"])
    assert (verdict.language, verdict.supported) == ("tr", False)
    assert (verdict.urgency, verdict.angry, verdict.sentiment) == (1, False, "neutral")
    (told,) = model.classify(["Mein Paket fehlt"], ["nl"])
    assert not told.supported


def test_ten_thousand_characters_are_read_to_the_end(model: Classifier) -> None:
    calm = "Gestern waren wir im Laden und haben uns die neuen Schuhe angesehen. " * 140
    alarm = "Mein Konto wurde gehackt und 900 Euro sind weg, ich erstatte Anzeige, helft mir sofort!"
    quiet, loud = model.classify([calm, calm + alarm])
    assert len(calm) > 9_500
    assert loud.urgency > quiet.urgency


def test_hostile_texts_get_a_verdict(model: Classifier) -> None:
    texts = ["\ud800", "a" * 5000, "=cmd|' /C calc'!A0", "<script>alert(1)</script>", "\u202eabc", "🏳️‍🌈" * 50]
    assert len(model.classify(texts)) == len(texts)


def test_nothing_in_gives_nothing_out(model: Classifier) -> None:
    assert model.classify([]) == []


def test_the_shipped_files_are_small_and_the_runtime_needs_no_torch() -> None:
    assert (SHIPPED / "model.onnx").stat().st_size <= 30 * 2**20
    code = (
        "import sys; from sentiment.classifier import Classifier; Classifier.load().classify(['hallo du'])\n"
        "sys.exit(any(name in sys.modules for name in ('torch', 'transformers', 'onnx')))"
    )
    assert subprocess.run([sys.executable, "-c", code], timeout=60).returncode == 0


@pytest.mark.parametrize("broken", ["missing", "description", "weights", "labels", "tokenizer"])
def test_a_damaged_model_is_refused_with_the_file_and_the_way_out(tmp_path: Path, broken: str) -> None:
    folder = tmp_path / "model"
    if broken != "missing":
        shutil.copytree(SHIPPED, folder)
    if broken == "description":
        (folder / "model.json").write_text("{")
    if broken == "weights":
        (folder / "model.onnx").write_bytes(b"no weights")
    if broken == "tokenizer":
        (folder / "tokenizer.json").unlink()
    if broken == "labels":
        description = json.loads((folder / "model.json").read_text())
        description["heads"]["angry"]["labels"] = ["no", "yes"]
        (folder / "model.json").write_text(json.dumps(description))
    with pytest.raises(ModelError, match=str(folder)):
        Classifier.load(folder)


def test_the_shipped_weights_quote_nothing_of_the_machine_that_made_them() -> None:
    assert b"site-packages" not in (SHIPPED / "model.onnx").read_bytes()
