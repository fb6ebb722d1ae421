"""How large an incident is: posts, peak, growth, reach, copies, and the examples that stand for it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from math import ceil
from typing import Any

import numpy as np
from django.db.models import Max, QuerySet, Sum

from config.brand_files import brand
from listeners.models import Mention
from trends.models import Fact, Incident
from trends.spikes.lines import Line
from trends.spikes.profile import Numbers, from_json, slots
from trends.spikes.tally import KINDS, MINUTE, counted

QUARTER = 15
"""Minutes over which the peak is counted."""
EXAMPLES = 3
_STEP = 5 * MINUTE
_LOOKED_AT = 200


def scope_of(incident: Incident, *, now: datetime) -> QuerySet[Fact]:
    """Return the facts of an incident's kind and network, whenever they were posted."""
    facts = counted(incident.brand, now=now).filter(KINDS[Incident.Kind(incident.kind)])
    return facts.filter(network=incident.network) if incident.network else facts


def posts_of(incident: Incident, *, now: datetime) -> QuerySet[Fact]:
    """Return the facts that an incident counts: those of its time."""
    until = incident.ended_at or now
    return scope_of(incident, now=now).filter(posted_at__gte=incident.began_at, posted_at__lte=until)


def first_post(incident: Incident, *, since: datetime) -> datetime | None:
    """Return when the first post of its kind and network since then was written."""
    incident.began_at = since
    facts = posts_of(incident, now=incident.noticed_at).order_by("posted_at")
    return facts.values_list("posted_at", flat=True).first()


def authors(incident: Incident, *, now: datetime) -> int:
    """Count the accounts that wrote its posts."""
    return posts_of(incident, now=now).values("mention__author").distinct().count()


def measure(incident: Incident, line: Line | None, profile: Mapping[str, Any], *, now: datetime) -> None:
    """Count an incident anew; what it once reached stays, though posts be deleted."""
    posts = posts_of(incident, now=now)
    until = incident.ended_at or now
    incident.count = posts.count()
    usual = usual_number(incident, profile, since=incident.began_at, step=_STEP, until=until)
    incident.expected = float(usual.sum()) if usual is not None else incident.expected
    incident.growth = max(incident.growth, incident.count / max(incident.expected, 1.0))
    incident.peak = max(incident.peak, _peak(line, incident.began_at, now) if line else 0)
    if incident.first_peak is None and now - incident.began_at >= QUARTER * MINUTE:
        incident.first_peak = incident.peak
    accounts = posts.values("mention__author").annotate(followers=Max("mention__author__followers"))
    incident.reach = accounts.aggregate(reach=Sum("followers", default=0))["reach"]
    wording = "mention__case_mention__wording"
    copies = posts.filter(**{f"{wording}__many_at__isnull": False, f"{wording}__cleared_at": None})
    incident.copies = copies.count()


def usual_number(
    incident: Incident, profile: Mapping[str, Any], *, since: datetime, step: timedelta, until: datetime
) -> Numbers | None:
    """Return how many posts would have been usual in each step; None where nothing is known of it."""
    kept = profile.get(incident.network, {}).get(incident.kind)
    if kept is None:
        return None
    count = max(1, ceil((until - since) / step))
    at = slots(since, count=count, step=step, zone=brand(incident.brand).zone)
    return from_json(kept).expected(at, step / timedelta(hours=1)) * incident.level


def _peak(line: Line, began_at: datetime, now: datetime) -> int:
    minutes = max(1, min(len(line.counts), ceil((now - began_at) / MINUTE)))
    counts = line.counts[-minutes:]
    return round(float(np.convolve(counts, np.ones(QUARTER))[: len(counts)].max()))


def choose_examples(incident: Incident, *, now: datetime) -> None:
    """Keep the three posts that say most: urgent ones of far-heard people, each of another one's.

    Private messages are none of them: chats and marketing see the examples.
    """
    posts = posts_of(incident, now=now).filter(mention__deleted_at=None, mention__isnull=False)
    posts = posts.exclude(mention__kind=Mention.Kind.MESSAGE)
    urgent_first = posts.order_by("-urgency", "-reach", "posted_at", "pk")
    found: dict[int, tuple[int, int | None]] = {}
    wordings: set[int] = set()
    columns = ("mention", "mention__author", "mention__case_mention__wording")
    for mention, author, wording in urgent_first.values_list(*columns)[:_LOOKED_AT]:
        if author not in found and wording not in wordings:
            found[author] = (mention, wording)
            wordings |= {wording} if wording else set()
        if len(found) == EXAMPLES:
            break
    incident.examples.set([mention for mention, _ in found.values()])
