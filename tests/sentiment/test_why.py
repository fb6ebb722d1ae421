from __future__ import annotations

from collections.abc import Sequence

import pytest

from sentiment.classifier import Classifier
from sentiment.verdict import Verdict
from sentiment.why import MOST_WORDS, PASSAGE_WORDS, Why, answers_of, why


def explained(text: str, model: Classifier, **answers: str) -> dict[str, Why]:
    found = why(text, answers or answers_of(model.classify([text])[0]), model=model)
    return {reason.head: reason for reason in found}


def heaviest(reason: Why) -> str:
    return max(reason.words, key=lambda word: word.weight).text


class Counting:
    """A model that counts what it is asked."""

    def __init__(self, model: Classifier) -> None:
        self._model = model
        self.asked: list[str] = []

    def classify(self, texts: Sequence[str], languages: Sequence[str]) -> list[Verdict]:
        self.asked += texts
        return self._model.classify(texts, languages)


@pytest.mark.parametrize(
    ("text", "head", "word"),
    [
        ("my account was hacked and 900 euros are gone, please answer!", "urgency", "hacked"),
        ("Hallo, seit gestern ist mein Konto gehackt, was nun?", "urgency", "gehackt"),
        ("Das ist einfach nur enttäuschend von euch", "sentiment", "enttäuschend"),
        ("the new shoes are wonderful", "sentiment", "wonderful"),
    ],
)
def test_the_word_that_a_person_would_name_weighs_most(
    model: Classifier, text: str, head: str, word: str
) -> None:
    assert heaviest(explained(text, model)[head]) == word


def test_words_that_say_the_same_are_both_named(model: Classifier) -> None:
    reason = explained("Danke an das Team, ihr habt meine Reise gerettet! 😀", model)["sentiment"]
    named = {word.text for word in reason.words if word.weight > 0}
    assert reason.answer == "positive" and len(named & {"Danke", "gerettet!", "😀"}) >= 2


def test_a_word_that_speaks_against_the_answer_weighs_less_than_nothing(model: Classifier) -> None:
    reason = explained("the delivery was late but the shoes are wonderful", model, sentiment="negative")
    weights = {word.text: word.weight for word in reason["sentiment"].words}
    assert weights["wonderful"] < 0 < weights["late"]


def test_places_and_strengths_are_those_of_the_post(model: Classifier) -> None:
    text = "  „Hilfe“:\n mein Konto\u00a0wurde (gehackt)!!! 😡 "
    reasons = explained(text, model, urgency="3", sentiment="negative")
    for reason in reasons.values():
        for word in reason.words:
            assert text[word.start : word.end] == word.text and word.strength in (1, 2, 3)
            assert word.weight > 0 or word.weight < 0
        assert any(word.strength == 3 for word in reason.words)
    assert {"Hilfe", "Konto"} <= {word.text for word in reasons["urgency"].words}


def test_a_term_is_left_out_as_one_word_and_drives_nothing(model: Classifier) -> None:
    text = "I love „Account Hacked“, best game ever"
    (reason,) = why(text, {"sentiment": "positive"}, model=model, terms=["Account Hacked"])
    assert not {"Account", "Hacked"} & {word.text for word in reason.words}
    assert "best" in {word.text for word in reason.words} or "love" in {word.text for word in reason.words}


@pytest.mark.parametrize(
    "text", ["", " \n ", "\u200b", "Hilfe!", "😡", "a" * 5000, "@a @b http://x.example", "… !!!"]
)
def test_posts_of_one_word_or_none_do_no_harm(model: Classifier, text: str) -> None:
    assert set(explained(text, model)) == {"urgency", "sentiment"}


def test_the_words_of_a_long_post_come_from_the_passage_that_speaks_most_for_the_answer(
    model: Classifier,
) -> None:
    calm = "Gestern waren wir im Laden und haben uns die neuen Schuhe angesehen. " * 12
    text = f"{calm}Mein Konto wurde gehackt und 900 Euro sind weg! {calm}"
    counting = Counting(model)
    reason, _ = why(text, {"urgency": "3", "sentiment": "negative"}, model=counting)  # type: ignore[arg-type]
    assert heaviest(reason) == "gehackt"
    assert text[reason.words[0].start : reason.words[-1].end].startswith(
        ("Mein", "Konto", "wurde", "gehackt")
    )
    passages = len(text.split()) // 8 + 25
    assert len(counting.asked) <= passages + 1 + 2 * PASSAGE_WORDS


def test_a_short_post_costs_two_questions_a_word(model: Classifier) -> None:
    counting = Counting(model)
    why(" ".join(["Wort"] * MOST_WORDS), {"urgency": "1"}, model=counting)  # type: ignore[arg-type]
    assert len(counting.asked) == 1 + 2 * MOST_WORDS


def test_the_same_post_is_always_explained_the_same(model: Classifier) -> None:
    text = "HILFE, aus dem Akku kommt Rauch und der Laden ist voller Kinder!"
    assert explained(text, model) == explained(text, model)


def test_a_post_that_nobody_judged_has_no_answers_to_explain(model: Classifier) -> None:
    (foreign,) = model.classify(["Kargom üç haftadır gelmedi, rezalet bir firma"])
    assert answers_of(foreign) == {}
