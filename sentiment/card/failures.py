"""What is known to go wrong: hard invented posts, by kind, and the answers that are wrong."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sentiment.card.tables import table
from sentiment.card.trials import OWN
from sentiment.classifier import Classifier
from sentiment.labels import HEADS


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer about one hard post: what it should be, and what the model says."""

    kind: str
    language: str
    text: str
    head: str
    expected: str
    said: str


def failures(classifier: Classifier) -> str:
    """Return the share of right answers by kind of post and language, and all wrong answers."""
    posts = [json.loads(line) for line in (OWN / "hard.jsonl").read_text(encoding="utf-8").splitlines()]
    verdicts = classifier.classify([post["text"] for post in posts], [post["lang"] for post in posts])
    found = [
        answer for post, verdict in zip(posts, verdicts, strict=True) for answer in _answers(post, verdict)
    ]
    right = sum(answer.said == answer.expected for answer in found)
    intro = (
        f"{len(posts)} invented posts, hard on purpose and never trained on (`sentiment/data/hard.jsonl`): "
        f"{right} of {len(found)} answers are right ({100 * right / len(found):.0f} %); of urgency "
        "only the very level counts."
    )
    wrong = sorted((a for a in found if a.said != a.expected), key=lambda answer: answer.kind)
    return f"## Known failures\n\n{intro}\n\n{_kinds(found)}\nThe wrong ones:\n\n{_list(wrong)}"


def _answers(post: Mapping[str, str], verdict: Any) -> Iterator[Answer]:
    for head in HEADS:
        if head in post:
            value = getattr(verdict, head)
            said = str(int(value)) if head == "angry" else str(value)
            yield Answer(post["kind"], post["lang"], post["text"], head, post[head], said)


def _kinds(found: Sequence[Answer]) -> str:
    shares: dict[tuple[str, str], list[bool]] = defaultdict(list)
    for answer in found:
        shares[answer.kind, answer.language].append(answer.said == answer.expected)
    kinds = sorted({kind for kind, _ in shares})
    rows = [
        (kind, *(_share(shares.get((kind, language), [])) for language in ("de", "en"))) for kind in kinds
    ]
    return table(("kind", "right, de", "right, en"), rows)


def _share(right: Sequence[bool]) -> str:
    return f"{sum(right)} of {len(right)}" if right else "-"


def _list(wrong: Sequence[Answer]) -> str:
    columns = ("kind", "post", "question", "should be", "said")
    return table(columns, [(a.kind, a.text.replace("|", "\\|"), a.head, a.expected, a.said) for a in wrong])
