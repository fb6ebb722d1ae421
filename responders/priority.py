"""How much a case matters, as a sum of named parts that anybody can ask about."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.utils.formats import number_format
from django.utils.timesince import timesince
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from config.brand import Routing
from config.brand_files import brand
from responders import waiting
from responders.models import Case
from sentiment.models import Assessment

HISTORY = timedelta(days=90)
"""How far back earlier cases of a customer count."""
MOST_EARLIER = 3
LABELS = {
    "urgency": gettext_lazy("urgency"),
    "anger": gettext_lazy("anger"),
    "reach": gettext_lazy("reach"),
    "history": gettext_lazy("earlier cases"),
    "waiting": gettext_lazy("waiting"),
}
CUES = {
    "fraud": gettext_lazy("fraud"),
    "danger": gettext_lazy("danger"),
    "legal": gettext_lazy("legal"),
    "stranded": gettext_lazy("stranded"),
    "cancellation": gettext_lazy("cancellation"),
    "discrimination": gettext_lazy("discrimination"),
    "vulnerable": gettext_lazy("vulnerable"),
}
"""What people call the word groups of `sentiment.cues`."""


@dataclass(frozen=True, slots=True)
class Part:
    """One reason, its points, and the numbers behind it."""

    name: str
    points: float
    detail: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Priority:
    """The level that orders the queue first, and the points that order cases of one level."""

    level: Case.Level
    parts: tuple[Part, ...]

    @property
    def base_points(self) -> float:
        """The sum of the parts; waiting is not among them."""
        return sum(part.points for part in self.parts)

    def as_json(self) -> list[dict[str, object]]:
        """Return the parts as `Case.parts` keeps them."""
        return [{"name": part.name, "points": part.points, "detail": part.detail} for part in self.parts]


@dataclass(frozen=True, slots=True)
class ExplainedPart:
    """One part in the reader's language: what it is called, its points, and why in a few words."""

    name: str
    label: str
    points: float
    detail: str


def weigh(assessment: Assessment, *, followers: int | None, earlier_cases: int, routing: Routing) -> Priority:
    """Weigh one mention by what was said of it, who wrote it and what they have been through with us."""
    parts = (
        _urgency(assessment, routing),
        _anger(assessment, routing),
        _reach(followers or 0, routing),
        _history(earlier_cases, routing),
    )
    level = max(assessment.urgency, int(assessment.angry))
    return Priority(Case.Level(level), tuple(part for part in parts if part.points or part.name == "urgency"))


def explain(case: Case, *, now: datetime) -> list[ExplainedPart]:
    """Return the parts of a case's priority in words, waiting included while it is our turn."""
    parts = [
        ExplainedPart(part["name"], str(LABELS[part["name"]]), part["points"], _in_words(part))
        for part in case.parts
    ]
    return [*parts, *_waiting(case, now)]


def sentence(case: Case, *, now: datetime) -> str:
    """Return the whole explanation in one line: "critical: fraud words, 93 %; 12,400 followers; …"."""
    return "; ".join(part.detail for part in explain(case, now=now))


def _urgency(assessment: Assessment, routing: Routing) -> Part:
    sure = _probabilities(assessment, "urgency", str(assessment.urgency))
    expected = sum(int(level) * probability for level, probability in sure.items())
    detail = {
        "level": assessment.urgency,
        "probability": round(sure[str(assessment.urgency)], 4),
        "expected": round(expected, 4),
        "cues": list(assessment.cues),
    }
    return Part("urgency", round(expected * routing.points_urgency, 2), detail)


def _anger(assessment: Assessment, routing: Routing) -> Part:
    probability = _probabilities(assessment, "angry", str(int(assessment.angry))).get("1", 0.0)
    points = round(probability * routing.points_anger, 2) if assessment.angry else 0.0
    return Part("anger", points, {"probability": round(probability, 4)})


def _reach(followers: int, routing: Routing) -> Part:
    tenfolds = math.log10(max(followers, 1000) / 1000)
    return Part("reach", round(tenfolds * routing.points_reach, 2), {"followers": followers})


def _history(earlier_cases: int, routing: Routing) -> Part:
    points = min(earlier_cases, MOST_EARLIER) * routing.points_returning
    return Part("history", float(points), {"cases": earlier_cases})


def _probabilities(assessment: Assessment, head: str, label: str) -> Mapping[str, float]:
    """Return the model's probabilities, or certainty where a person has spoken."""
    said: dict[str, float] = assessment.probabilities[head]
    return {label: 1.0} if assessment.is_from_person(head) else said


def _waiting(case: Case, now: datetime) -> Iterator[ExplainedPart]:
    if case.due_at is None:
        return
    policy = brand(case.brand)
    counted = case.rank_at + waiting.weight(policy, case.base_points)
    points = max((now - counted) / timedelta(minutes=policy.routing.minutes_a_point), 0.0)
    words = _("waiting %(time)s") % {"time": timesince(case.waiting_since, now, depth=1)}
    yield ExplainedPart("waiting", str(LABELS["waiting"]), round(points, 2), words)


def _in_words(part: Mapping[str, Any]) -> str:
    detail = part["detail"]
    match part["name"]:
        case "urgency":
            return _urgency_in_words(detail)
        case "anger":
            return _("angry, %(percent)s") % {"percent": _percent(detail["probability"])}
        case "reach":
            number = detail["followers"]
            words = ngettext("%(number)s follower", "%(number)s followers", number)
            return words % {"number": number_format(number, force_grouping=True)}
        case "history":
            number = detail["cases"]
            words = ngettext(
                "%(number)s earlier case in 90 days", "%(number)s earlier cases in 90 days", number
            )
            return words % {"number": number}
    raise KeyError(part["name"])


def _urgency_in_words(detail: Mapping[str, Any]) -> str:
    level, cues = Case.Level(detail["level"]).label, detail["cues"]
    words = {"level": level, "percent": _percent(detail["probability"])}
    if cues:
        named = ", ".join(str(CUES.get(name, name)) for name in cues)
        return _("%(level)s: %(cues)s words, %(percent)s") % (words | {"cues": named})
    return _("%(level)s, %(percent)s") % words


def _percent(probability: float) -> str:
    return f"{number_format(100 * probability, decimal_pos=0)}\N{NO-BREAK SPACE}%"
