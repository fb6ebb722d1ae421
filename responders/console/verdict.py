"""What the model says of a mention, head by head, and what else a person could say."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Choices
from django.utils.translation import gettext_lazy as _

from responders.models import Case
from sentiment.models import Assessment, Correction, Intent, Sentiment, Urgency

YES_NO = (("1", _("angry")), ("0", _("not angry")))


@dataclass(frozen=True, slots=True)
class Option:
    """One class of a head, and its probability in percent where the model gave one."""

    value: str
    label: str
    percent: int | None
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class Head:
    """One question that the model answered."""

    name: str
    label: str
    options: tuple[Option, ...]

    @property
    def chosen(self) -> Option:
        """The answer in force."""
        return next(option for option in self.options if option.is_chosen)


@dataclass(frozen=True, slots=True)
class Verdict:
    """All answers about one mention."""

    assessment: Assessment
    heads: tuple[Head, ...]


def verdict(case: Case) -> Verdict | None:
    """Return the verdict on a case's newest mention, None while there is none."""
    found = Assessment.objects.filter(mention_id=case.latest_mention_id).order_by("-pk").first()
    if found is None:
        return None
    heads = (
        _head(found, "sentiment", _choices(Sentiment), found.sentiment),
        _head(found, "urgency", _choices(Urgency), str(found.urgency)),
        _head(found, "angry", YES_NO, "1" if found.angry else "0"),
        _head(found, "intent", _choices(Intent), found.intent),
    )
    return Verdict(found, heads)


def _choices(choices: type[Choices]) -> tuple[tuple[str, object], ...]:
    return tuple((str(value), label) for value, label in choices.choices)


def _head(found: Assessment, name: str, choices: tuple[tuple[str, object], ...], chosen: str) -> Head:
    told = found.probabilities.get(name, {})
    options = tuple(
        Option(value, str(label), _percent(told, value), value == chosen) for value, label in choices
    )
    return Head(name, str(Correction.Head(name).label), options)


def _percent(told: object, value: str) -> int | None:
    probability = told.get(value) if isinstance(told, dict) else None
    return round(100 * probability) if isinstance(probability, int | float) else None
