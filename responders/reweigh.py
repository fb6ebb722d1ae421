"""Weighs a case again after a person has corrected the model."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from config.brand_files import brand
from listeners.models import Mention
from responders import waiting
from responders.cases import unanswered
from responders.claims import locked_case
from responders.models import Case
from responders.priority import HISTORY, Priority, weigh
from sentiment.models import Assessment

COLUMNS = ("level", "parts", "base_points", *waiting.COLUMNS)


def reweigh(case_id: int, *, now: datetime) -> Case:
    """Give a case the level and points of its gravest unanswered mention, or of its latest one.

    Its place in the queue and its deadline follow; how long the customer waits does not change.
    """
    with transaction.atomic():
        case = locked_case(case_id)
        counted = case.rank_at + waiting.weight(brand(case.brand), case.base_points)
        gravest = max(_priorities(case), key=lambda one: (one.level, one.base_points), default=None)
        if gravest is None:
            return case
        case.level, case.parts, case.base_points = gravest.level, gravest.as_json(), gravest.base_points
        case.changed_at = now
        if case.level == Case.Level.CRITICAL:
            case.hidden = Case.Hidden.NO
        case.rank_at = counted - waiting.weight(brand(case.brand), case.base_points)
        if case.due_at is not None:
            case.due_at = waiting.due(case, counted)
        case.save(update_fields=COLUMNS)
        return case


def _priorities(case: Case) -> list[Priority]:
    mentions = (
        unanswered(case) if unanswered(case).exists() else Mention.objects.filter(pk=case.latest_mention_id)
    )
    found = Assessment.objects.filter(mention__in=mentions).select_related("mention__author")
    in_force = {one.mention_id: one for one in found.order_by("assessed_at", "pk")}
    return [
        weigh(
            assessment,
            followers=assessment.mention.author.followers,
            earlier_cases=_earlier(case),
            routing=brand(case.brand).routing,
        )
        for assessment in in_force.values()
    ]


def _earlier(case: Case) -> int:
    others = Case.objects.filter(brand=case.brand, customer_id=case.customer_id).exclude(pk=case.pk)
    return others.filter(opened_at__gt=case.opened_at - HISTORY, opened_at__lt=case.opened_at).count()
