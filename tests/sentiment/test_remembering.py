from __future__ import annotations

from collections.abc import Sequence

from sentiment.card.remembering import Remembering
from sentiment.classifier import Classifier
from sentiment.verdict import Verdict
from tests.sentiment.verdicts import make_verdict


class Counting(Classifier):
    """Says what it was asked about as the language, and keeps count."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str]] = []

    def classify(self, texts: Sequence[str], languages: Sequence[str] | None = None) -> list[Verdict]:
        posts = list(zip(texts, languages or [""] * len(texts), strict=True))
        self.asked += posts
        return [make_verdict(language=f"{text}/{tag}") for text, tag in posts]


def test_no_post_is_judged_twice_and_every_one_gets_its_verdict() -> None:
    counting = Counting()
    judge = Remembering(counting)
    judge.classify(["a", "b"], ["de", "de"])
    verdicts = judge.classify(["b", "a", "a", "a"], ["de", "en", "de", "en"])
    assert [verdict.language for verdict in verdicts] == ["b/de", "a/en", "a/de", "a/en"]
    assert counting.asked == [("a", "de"), ("b", "de"), ("a", "en")]
    assert [verdict.language for verdict in judge.classify(["a"])] == ["a/"]
