"""What the card measures: files of labelled posts, the question asked of each, and the goals."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sentiment.card.peers import Peer
from sentiment.classifier import Classifier
from sentiment.evaluate import Example, answers, figures_by_language, read_examples
from sentiment.metrics import Given

OWN = Path(__file__).parent.parent / "data"


@dataclass(frozen=True, slots=True)
class Trial:
    """One measurement: a file of labelled posts, the task, the goal of each figure in percent (0: none)."""

    file: str
    task: str
    goals: Mapping[str, float]
    column: str = ""
    only: Mapping[str, str] = field(default_factory=dict)

    def examples(self, folder: Path) -> list[Example]:
        """Return the posts, out of our own data or `folder`; raises DataError where the file is missing."""
        own = OWN / f"{self.file}.csv"
        path = own if own.exists() else folder / f"{self.file}.csv.gz"
        return read_examples(path, task=self.task, label_column=self.column, only=self.only)


@dataclass(frozen=True, slots=True)
class Score:
    """One trial's outcome: the answers, their figures by language with intervals, the peers' by language."""

    trial: Trial
    given: Given
    languages: Sequence[str]
    figures: Mapping[str, Any]
    peers: Mapping[str, Mapping[str, Any]]

    def parts(self) -> Iterator[tuple[str, Mapping[str, Any]]]:
        """Yield each language and its figures."""
        yield from self.figures["by_language"].items()


_CALIBRATED = {"ece": 5.0}
_F1 = {"macro_f1": 0.0} | _CALIBRATED


def _urgency(precise: float, kappa: float, recall: float) -> dict[str, float]:
    return {
        "average_precision_high": precise,
        "recall_high_at_precision_60": recall,
        "kappa_quadratic": kappa,
        "recall_critical_as_high": 95,
        "recall_high": 0,
        "precision_high": 0,
    } | _CALIBRATED


TRIALS = (
    Trial("sentiment_en_tweeteval_dev", "sentiment", {"macro_recall": 72} | _CALIBRATED),
    Trial("airline_posts", "sentiment", {"macro_f1": 79} | _CALIBRATED),
    Trial("sentiment_de_sb10k_test", "sentiment", {"macro_f1": 68} | _CALIBRATED),
    Trial("sentiment_de_potts_test", "sentiment", {"macro_f1": 70} | _CALIBRATED),
    Trial("bahn_posts", "sentiment", {"macro_f1": 55} | _CALIBRATED, "label", {"relevance": "True"}),
    Trial("frozen", "sentiment", _F1),
    Trial("airline_urgency", "urgency", _urgency(88, 78, 95)),
    Trial("bahn_urgency", "urgency", _urgency(60, 70, 0)),
    Trial("frozen", "urgency", _urgency(0, 0, 0)),
    Trial("airline_urgency", "anger", {"macro_f1": 80} | _CALIBRATED),
    Trial("bahn_urgency", "anger", {"macro_f1": 80} | _CALIBRATED),
    Trial("frozen", "anger", _F1),
    Trial("airline_urgency", "intent", _F1),
    Trial("bahn_urgency", "intent", _F1),
    Trial("frozen", "intent", _F1),
)


def measure(trial: Trial, classifier: Classifier, folder: Path, peers: Sequence[Peer]) -> Score:
    """Return how the model and its peers do; a peer is asked about sentiment, in languages that it knows."""
    examples = trial.examples(folder)
    given = answers(examples, classifier, task=trial.task)
    found = figures_by_language(examples, given, with_intervals=True)
    asked = peers if trial.task == "sentiment" else ()
    others = {peer.name: _by_language(peer, examples) for peer in asked}
    return Score(trial, given, [example.language for example in examples], found, others)


def _by_language(peer: Peer, examples: Sequence[Example]) -> Mapping[str, Any]:
    known = [example for example in examples if example.language in peer.languages]
    found: Mapping[str, Any] = figures_by_language(known, peer.answers(known))["by_language"] if known else {}
    return found
