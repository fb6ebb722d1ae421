"""What the shipped model promises of strange posts, case by case as `must_hold.jsonl` lists them.

`text` is repeated `times` times, `then` follows; `tag` is the network's word for the language. `must` lists
parts of the verdict, `urgency` the lowest and highest level allowed; `less_negative_than` is another post.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from sentiment.classifier import Classifier
from sentiment.labels import HEADS
from sentiment.verdict import Verdict

CASES = [
    json.loads(line) for line in (Path(__file__).parent / "must_hold.jsonl").read_text("utf-8").splitlines()
]


def _text(case: dict[str, Any]) -> str:
    return str(case["text"]) * case.get("times", 1) + case.get("then", "")


def _judge(model: Classifier, case: dict[str, Any]) -> Verdict:
    (verdict,) = model.classify([_text(case)], [case.get("tag", "")])
    return verdict


def _named(key: str) -> list[Any]:
    return [pytest.param(case, id=f"{case['kind']} {i}") for i, case in enumerate(CASES) if key in case]


@pytest.mark.parametrize("case", _named("kind"))
def test_every_post_gets_a_whole_verdict(model: Classifier, case: dict[str, Any]) -> None:
    verdict = _judge(model, case)
    assert verdict.sentiment in HEADS["sentiment"]
    assert verdict.urgency in range(4)
    assert verdict.intent in HEADS["intent"]
    for head, labels in HEADS.items():
        assert tuple(verdict.probabilities[head]) == labels
        assert sum(verdict.probabilities[head].values()) == pytest.approx(1, abs=0.001)
    assert json.loads(json.dumps(asdict(verdict)))["model_hash"] == model.description.sha256


def test_the_same_post_gets_the_same_verdict_again_in_any_company(model: Classifier) -> None:
    texts, tags = [_text(case) for case in CASES], [case.get("tag", "") for case in CASES]
    forward = model.classify(texts, tags)
    assert model.classify(texts[::-1], tags[::-1])[::-1] == forward
    assert [_judge(model, case) for case in CASES] == forward


@pytest.mark.parametrize("case", _named("must"))
def test_what_needs_no_skill_is_promised(model: Classifier, case: dict[str, Any]) -> None:
    verdict = _judge(model, case)
    assert {name: getattr(verdict, name) for name in case["must"]} == case["must"]


@pytest.mark.parametrize("case", _named("urgency"))
def test_a_clear_emergency_is_found_and_calm_stays_calm_in_any_wrapping(
    model: Classifier, case: dict[str, Any]
) -> None:
    lowest, highest = case["urgency"]
    assert lowest <= _judge(model, case).urgency <= highest


@pytest.mark.parametrize("case", _named("less_negative_than"))
def test_a_negation_turns_the_mood(model: Classifier, case: dict[str, Any]) -> None:
    (other,) = model.classify([case["less_negative_than"]])
    assert _tone(_judge(model, case)) > _tone(other)


def _tone(verdict: Verdict) -> float:
    shares = verdict.probabilities["sentiment"]
    return shares["positive"] - shares["negative"]
