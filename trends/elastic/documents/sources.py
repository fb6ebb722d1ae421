"""The documents of sources: how each was in each hour."""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db.models import Q, QuerySet

from listeners.models import Alarm, DeadLetter, Mention, Source, Tally
from trends.elastic.documents.draft import Body, Draft

HOUR = timedelta(hours=1)
_FORM = "%Y-%m-%dT%H"


def source_drafts(keys: Collection[str], *, now: datetime) -> dict[str, Draft | Exception]:
    """Read how sources were; a key is a source's id and an hour."""
    parts = {key: key.split("/") for key in keys}
    sources = Source.objects.in_bulk({int(source) for source, _ in parts.values()})
    return {
        key: _draft(sources[int(source)], datetime.strptime(hour, _FORM).replace(tzinfo=UTC))
        for key, (source, hour) in parts.items()
        if int(source) in sources
    }


def source_rows(*, since: datetime) -> QuerySet[Tally]:
    """Return the hours in which sources were asked, as far as that is still known."""
    return Tally.objects.filter(hour__gte=since)


def source_key(source_id: int, at: datetime) -> str:
    """Return the key of a source's hour."""
    return f"{source_id}/{at.astimezone(UTC).strftime(_FORM)}"


def _draft(source: Source, hour: datetime) -> Draft:
    return Draft(id=f"{source.slug}/{hour.strftime(_FORM)}", at=hour, body=_body(source, hour))


def _body(source: Source, hour: datetime) -> Body:
    end = hour + HOUR
    tally = Tally.objects.filter(source=source, hour=hour).first()
    found: dict[str, Any] = {
        "brand": source.brand,
        "network": source.network,
        "source": source.slug,
        "state": source.state,
        "hour": hour,
        "fetches": tally.fetches if tally else 0,
        "faults": tally.faults if tally else 0,
        "error_rate": tally.faults / tally.fetches if tally and tally.fetches else None,
        "letters": DeadLetter.objects.filter(
            Q(source=source) | Q(mention__source=source), at__gte=hour, at__lt=end
        ).count(),
        "silent": _was(source, Alarm.Kind.SILENT, hour, end),
        "unheard": source.gaps.filter(Q(ends_at=None) | Q(ends_at__gt=hour), starts_at__lt=end).exists(),
        **_posts(source, hour, end),
    }
    return {name: value for name, value in found.items() if value is not None}


def _was(source: Source, kind: Alarm.Kind, hour: datetime, end: datetime) -> bool:
    alarms = Alarm.objects.filter(Q(ended_at=None) | Q(ended_at__gt=hour), source=source, kind=kind)
    return alarms.filter(began_at__lt=end).exists()


def _posts(source: Source, hour: datetime, end: datetime) -> dict[str, int]:
    posts = Mention.objects.filter(source=source, posted_at__gte=hour, posted_at__lt=end)
    times = posts.values_list("posted_at", "seen_at", "is_backfill")
    found = list(times)
    took = sorted(max(0.0, (seen - posted).total_seconds()) for posted, seen, late in found if not late)
    lags = (
        {"lag_seconds": took[len(took) // 2], "lag_seconds_p95": took[len(took) * 95 // 100]} if took else {}
    )
    return {"volume": len(found), **{name: round(lag) for name, lag in lags.items()}}
