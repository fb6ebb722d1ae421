"""How often the team agrees with the model, week by week."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from math import sqrt
from statistics import NormalDist
from zoneinfo import ZoneInfo

from django.db.models import F, Min

from responders.models import AuditEntry, Case, Reply
from sentiment.labels import HEADS
from sentiment.models import Assessment, Correction

_Z = NormalDist().inv_cdf(0.975)
_WEEK = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Share:
    """How many of `n` answers of the model people left as they were."""

    agreed: int
    n: int

    @property
    def percent(self) -> int:
        """The share in percent; 0 of none."""
        return round(100 * self.agreed / self.n) if self.n else 0

    @property
    def range(self) -> tuple[int, int]:
        """Between which percentages the true share lies with 95 % certainty (Wilson's interval)."""
        if not self.n:
            return 0, 100
        share, square = self.agreed / self.n, _Z**2 / self.n
        middle = (share + square / 2) / (1 + square)
        half = _Z * sqrt(share * (1 - share) / self.n + square / (4 * self.n)) / (1 + square)
        return round(100 * (middle - half)), round(100 * (middle + half))


@dataclass(frozen=True, slots=True)
class Week:
    """Agreement on each head in the week that begins on `monday`."""

    monday: date
    heads: Mapping[str, Share]


@dataclass(frozen=True, slots=True)
class Opinion:
    """What somebody of the team thought of one answer of the model, and when."""

    mention_id: int
    head: str
    agrees: bool
    at: datetime


def agreement_by_week(brand: str, *, since: datetime, until: datetime, zone: ZoneInfo) -> list[Week]:
    """Return the whole weeks of `zone` that the stretch touches, in their order, also those without any."""
    first, last = _monday(since, zone), _monday(until - timedelta(microseconds=1), zone)
    begin = datetime.combine(first, datetime.min.time(), zone)
    end = datetime.combine(last + _WEEK, datetime.min.time(), zone)
    by_week: dict[date, list[Opinion]] = defaultdict(list)
    for opinion in opinions(brand, since=begin, until=end):
        by_week[_monday(opinion.at, zone)].append(opinion)
    weeks = (first + number * _WEEK for number in range((last - first).days // 7 + 1))
    return [Week(monday, shares(by_week[monday])) for monday in weeks]


def shares(said: Iterable[Opinion]) -> dict[str, Share]:
    """Count opinions by head."""
    by_head: dict[str, list[bool]] = {head: [] for head in HEADS}
    for opinion in said:
        by_head[opinion.head].append(opinion.agrees)
    return {head: Share(sum(agreed), len(agreed)) for head, agreed in by_head.items()}


def opinions(brand: str, *, since: datetime, until: datetime) -> Iterator[Opinion]:
    """Yield what the team thought of the model's answers from `since` up to `until`.

    Whoever first answers a mention, or closes a case whose newest mention it is without an answer, has seen
    the verdict beside it: what they left as it was, they agree with, at that moment. Who corrected a head
    disagrees with it, at the moment of the last correction, whether the mention was handled or not; corrected
    back, it is agreement. Posts in languages that the model does not speak do not count.
    """
    changed = _changed(brand)
    yield from (opinion for opinion in changed.values() if since <= opinion.at < until)
    handled = _handled(brand, since, until)
    judged = Assessment.objects.filter(mention__in=handled, supported=True)
    for mention_id in judged.values_list("mention_id", flat=True).distinct():
        for head in HEADS:
            if (mention_id, head) not in changed:
                yield Opinion(mention_id, head, True, handled[mention_id])


def _handled(brand: str, since: datetime, until: datetime) -> dict[int, datetime]:
    """Return when each mention was first answered, or its case closed, within the stretch."""
    delivered = Reply.objects.filter(case__brand=brand, state__in=[Reply.State.SENT, Reply.State.BY_HAND])
    answered = delivered.values_list("mention_id").annotate(first=Min("created_at"))
    answered = answered.filter(first__gte=since, first__lt=until)
    closed = AuditEntry.objects.filter(action="resolved", agent__isnull=False, at__gte=since, at__lt=until)
    closed = closed.filter(
        case__brand=brand, case__state=Case.State.RESOLVED, case__resolved_at=F("at")
    ).exclude(case__latest_mention__first_reply_at__lt=F("at"))
    found: dict[int, datetime] = {}
    for mention_id, at in (
        *answered,
        *closed.values_list("case__latest_mention_id", "at"),
    ):
        found[mention_id] = min(at, found.get(mention_id, at))
    return found


def _changed(brand: str) -> dict[tuple[int, str], Opinion]:
    """Return the last word on each head that somebody corrected: agreement where it was corrected back."""
    corrections = Correction.objects.filter(
        assessment__mention__brand=brand, assessment__supported=True, at__gte=F("assessment__assessed_at")
    )
    found: dict[tuple[int, str], Opinion] = {}
    model_said: dict[tuple[int, str], str] = {}
    for mention_id, head, before, after, at in corrections.order_by("at", "pk").values_list(
        "assessment__mention_id", "head", "before", "after", "at"
    ):
        key = (mention_id, head)
        first = model_said.setdefault(key, before)
        found[key] = Opinion(mention_id, head, first == after, at)
    return found


def _monday(moment: datetime, zone: ZoneInfo) -> date:
    day = moment.astimezone(zone).date()
    return day - timedelta(days=day.weekday())
