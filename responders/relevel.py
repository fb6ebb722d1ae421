"""Gives unanswered mentions the level that the brand's costs say now, without asking the model again."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, QuerySet

from config.brand import UrgencyCosts
from config.brand_files import brand
from listeners.models import Mention
from responders.cases import unanswered
from responders.claims import locked_case
from responders.models import Case
from responders.reweigh import reweigh
from sentiment.levels import level
from sentiment.models import Assessment, Correction

RECENT = timedelta(days=7)
"""How long ago a mention without a case may have been seen to be looked at again."""
_CHUNK = 500


def relevel(slug: str, *, now: datetime) -> int:
    """Choose the levels of a brand's unanswered mentions anew; returns how many changed.

    Those in open cases move their case; those of the last seven days that opened none are routed again.
    What a person said stays, and so do cases that are resolved. Raises UnknownBrand.
    """
    costs = brand(slug).urgency_costs
    open_cases = Case.objects.filter(brand=slug).exclude(state=Case.State.RESOLVED).order_by("pk")
    moved = sum(_in_case(pk, costs, now) for pk in open_cases.values_list("pk", flat=True))
    return moved + sum(_without_case(chunk, costs) for chunk in _recent(slug, now))


def _in_case(case_id: int, costs: UrgencyCosts, now: datetime) -> int:
    with transaction.atomic():
        changed = _choose_anew(unanswered(locked_case(case_id)), costs)
        if changed:
            Mention.objects.filter(pk__in=changed).update(indexed_at=None)
            reweigh(case_id, now=now)
        return len(changed)


def _recent(slug: str, now: datetime) -> Iterator[list[int]]:
    """Yield the ids of recent mentions that are in no case, in chunks."""
    loose = Mention.objects.filter(brand=slug, case_mention=None, deleted_at=None, seen_at__gte=now - RECENT)
    ids = list(loose.filter(routed_at__isnull=False).order_by("pk").values_list("pk", flat=True))
    for start in range(0, len(ids), _CHUNK):
        yield ids[start : start + _CHUNK]


def _without_case(ids: list[int], costs: UrgencyCosts) -> int:
    with transaction.atomic():
        loose = Mention.objects.filter(pk__in=ids, case_mention=None, first_reply_at=None)
        changed = _choose_anew(loose, costs)
        Mention.objects.filter(pk__in=changed).update(routed_at=None, indexed_at=None)
        return len(changed)


def _choose_anew(mentions: QuerySet[Mention], costs: UrgencyCosts) -> list[int]:
    """Write the levels in force of judged mentions; returns the ids of the mentions whose level changed."""
    found = Assessment.objects.filter(mention__in=mentions).order_by("pk").select_for_update(of=("self",))
    newest = {one.mention_id: one for one in found}
    by_people = Correction.objects.filter(
        assessment__in=newest.values(), head=Correction.Head.URGENCY, at__gte=F("assessment__assessed_at")
    )
    settled = set(by_people.values_list("assessment_id", flat=True))
    open_ones = [one for one in newest.values() if one.supported and one.pk not in settled]
    changed = [one for one in open_ones if level(one.probabilities["urgency"], costs) != one.urgency]
    for one in changed:
        one.urgency = level(one.probabilities["urgency"], costs)
    Assessment.objects.bulk_update(changed, ["urgency"])
    return [one.mention_id for one in changed]
