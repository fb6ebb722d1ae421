from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest

from config.brand_files import all_brands
from listeners.models import DeadLetter, Mention
from sentiment.assess import assess
from sentiment.classifier import Classifier
from sentiment.correct import correct
from sentiment.models import Assessment
from sentiment.verdict import Verdict
from tests.factories import make_agent, make_mention, make_source

pytestmark = pytest.mark.django_db


class Choking:
    """A model that breaks on one text."""

    def __init__(self, model: Classifier, text: str) -> None:
        self._model = model
        self._text = text

    def classify(self, texts: Sequence[str], languages: Sequence[str]) -> list[Verdict]:
        if self._text in texts:
            raise RuntimeError("shape mismatch")
        return self._model.classify(texts, languages)


def test_each_waiting_mention_gets_one_verdict(now: datetime, model: Classifier) -> None:
    source = make_source(now=now)
    hacked = make_mention("Mein Konto wurde gehackt, 900 € sind weg!", now=now, source=source)
    make_mention("Kargom üç haftadır gelmedi, rezalet bir firma", now=now, source=source)
    assert assess(now=now, model=model) == 2
    found = Assessment.objects.get(mention=hacked)
    assert (found.language, found.supported, found.cues) == ("de", True, ["fraud"])
    assert found.urgency >= 2
    assert found.model_hash == model.description.sha256
    assert Mention.objects.filter(assessed_at=now).count() == 2
    assert Assessment.objects.filter(supported=False, language="tr").count() == 1
    assert assess(now=now, model=model) == 0
    assert Assessment.objects.count() == 2


def test_the_networks_word_for_the_language_is_believed(now: datetime, model: Classifier) -> None:
    make_mention("Mein Paket fehlt seit Tagen", now=now, language="nl")
    assess(now=now, model=model)
    assert Assessment.objects.get().language == "nl"


def test_a_batch_is_no_larger_than_asked(now: datetime, model: Classifier) -> None:
    source = make_source(now=now)
    for _ in range(3):
        make_mention(now=now, source=source)
    assert assess(now=now, size=2, model=model) == 2
    assert assess(now=now, size=2, model=model) == 1


def test_a_mention_that_breaks_the_model_is_put_aside_and_the_others_go_on(
    now: datetime, model: Classifier
) -> None:
    source = make_source(now=now)
    texts = ["Danke!", "poison", "Wo bleibt mein Paket?", "Wann öffnet ihr?", "Toll"]
    mentions = {text: make_mention(text, now=now, source=source) for text in texts}
    assert assess(now=now, model=Choking(model, "poison")) == 5  # type: ignore[arg-type]
    assert Assessment.objects.count() == 4
    letter = DeadLetter.objects.get()
    assert (letter.stage, letter.mention, letter.source) == ("assess", mentions["poison"], source)
    assert letter.error == "RuntimeError: shape mismatch"
    assert assess(now=now, model=model) == 0


def test_an_edited_mention_is_assessed_anew_by_the_same_model(now: datetime, model: Classifier) -> None:
    mention = make_mention("Danke, alles gut!", now=now)
    assess(now=now, model=model)
    first = Assessment.objects.get()
    correct(first.pk, agent=make_agent(), head="urgency", value="2", now=now)
    Mention.objects.filter(pk=mention.pk).update(text="Mein Konto wurde gehackt!", assessed_at=None)
    later = now + timedelta(minutes=1)
    assess(now=later, model=model)
    second = Assessment.objects.get()
    assert (second.pk, second.assessed_at, second.is_corrected) == (first.pk, later, False)
    assert second.cues == ["fraud"]


def test_a_mention_edited_while_the_model_thinks_is_left_for_the_next_batch(
    now: datetime, model: Classifier
) -> None:
    mention = make_mention("Danke!", now=now)

    class Slow(Choking):
        def classify(self, texts: Sequence[str], languages: Sequence[str]) -> list[Verdict]:
            Mention.objects.filter(pk=mention.pk).update(text="Es brennt!")
            return super().classify(texts, languages)

    assess(now=now, model=Slow(model, "poison"))  # type: ignore[arg-type]
    assert not Assessment.objects.exists()
    assess(now=now, model=model)
    assert Assessment.objects.get().cues == ["danger"]


def test_a_brands_own_words_drive_neither_its_verdicts_nor_its_cues(
    now: datetime, model: Classifier, monkeypatch: pytest.MonkeyPatch
) -> None:
    game = make_source(now=now, brand="game")
    brands = dict(all_brands())
    brands["game"] = brands["zehnschritt"].model_copy(update={"slug": "game", "terms": ["Account Hacked"]})
    monkeypatch.setattr("sentiment.judge.all_brands", lambda: brands)
    text = "My copy of Account Hacked just arrived"
    harmless, alarming = make_mention(text, now=now, source=game), make_mention(text, now=now)
    assess(now=now, model=model)
    found = {assessment.mention_id: assessment for assessment in Assessment.objects.all()}
    assert found[harmless.pk].urgency < 2 <= found[alarming.pk].urgency
    assert (found[harmless.pk].cues, found[alarming.pk].cues) == ([], ["fraud"])
