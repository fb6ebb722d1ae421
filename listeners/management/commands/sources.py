"""`kulanz sources`: how the sources are."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from listeners.health import SourceHealth, all_health
from listeners.models import Gap, Source
from listeners.networks.registry import label
from listeners.volume import Volume

COLUMNS = (
    "source",
    "network",
    "state",
    "last success",
    "lag p50/p95",
    "cursor",
    "budget",
    "faults",
    "volume",
)


class Command(BaseCommand):
    help = "Show how the sources are: delays, faults, budgets, volume, gaps."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="print it for programs; times in seconds")

    def handle(self, **options: Any) -> None:
        found = all_health(Source.objects.all(), now=timezone.now())
        if options["json"]:
            self.stdout.write(json.dumps([as_json(one) for one in found], indent=2))
            return
        console = Console()
        console.print(_table(found))
        for one in found:
            for sentence in remarks(one):
                console.print(f"{one.source.slug}: {sentence}", markup=False)


def _table(found: list[SourceHealth]) -> Table:
    table = Table(*COLUMNS, show_edge=False)
    for one in found:
        source = one.source
        cells = (
            source.slug,
            label(source.network),
            ("! " if one.needs_a_look else "") + source.state,
            _ago(source.last_success_at, one.now),
            f"{_span(one.lag.half)} / {_span(one.lag.most)}" if one.lag else "-",
            _span(one.cursor_age) if one.cursor_age is not None else "-",
            f"{one.budget.left} of {one.budget.limit}" if one.budget else "-",
            f"{one.faults} of {one.fetches}",
            _volume(one.volume),
        )
        table.add_row(*map(escape, cells))
    return table


def remarks(one: SourceHealth) -> list[str]:
    """Say what of a source needs words."""
    found = []
    if one.is_silent and one.volume:
        found.append(f"too silent: {one.volume.count} posts in {_span(one.volume.stretch)}")
    if one.unheard_since:
        found.append(f"not listened to since {_clock(one.unheard_since)}")
    if one.login_ends_at:
        found.append(_login_end(one.login_ends_at, one))
    if one.source.last_error:
        found.append(one.source.last_error)
    if one.source.recheck_error:
        found.append(f"stored posts cannot be read again: {one.source.recheck_error}")
    if one.letters:
        found.append(f"{one.letters} dead letters wait to be replayed")
    return found + [_missed(gap) for gap in one.gaps if gap.ends_at]


def _login_end(at: datetime, one: SourceHealth) -> str:
    if one.login_has_ended:
        return f"the token expired on {_clock(at)} UTC: connect it again on the page Sources"
    warning = ": connect it again on the page Sources" if one.login_ends_soon else ""
    return f"the token expires on {_clock(at)} UTC, in {_span(at - one.now)}{warning}"


def as_json(one: SourceHealth) -> dict[str, Any]:
    """Return a source's health for programs: times in ISO 8601, lengths in seconds."""
    source = one.source
    return {
        "source": source.slug,
        "brand": source.brand,
        "network": source.network,
        "state": source.state,
        "needs_a_look": one.needs_a_look,
        "is_silent": one.is_silent,
        "unheard_since": _iso(one.unheard_since),
        "last_success_at": _iso(source.last_success_at),
        "last_post_at": _iso(source.last_post_at),
        "last_error": source.last_error,
        "login_ends_at": _iso(one.login_ends_at),
        "login_ends_soon": one.login_ends_soon,
        "recheck_error": source.recheck_error,
        "lag_p50_s": one.lag.half.total_seconds() if one.lag else None,
        "lag_p95_s": one.lag.most.total_seconds() if one.lag else None,
        "cursor_age_s": one.cursor_age.total_seconds() if one.cursor_age is not None else None,
        "budget": {
            "left": one.budget.left,
            "limit": one.budget.limit,
            "resets_at": _iso(one.budget.resets_at),
        }
        if one.budget
        else None,
        "fetches": one.fetches,
        "faults": one.faults,
        "error_rate": one.error_rate,
        "volume": _volume_json(one.volume),
        "gaps": [_gap_json(gap) for gap in one.gaps],
        "dead_letters": one.letters,
    }


def _volume_json(volume: Volume | None) -> dict[str, Any] | None:
    if volume is None:
        return None
    numbers = {"count": volume.count, "least": volume.least, "most": volume.most, "weeks": volume.weeks}
    return numbers | {"stretch_s": volume.stretch.total_seconds(), "until": volume.until.isoformat()}


def _gap_json(gap: Gap) -> dict[str, Any]:
    return {
        "reason": gap.reason,
        "starts_at": _iso(gap.starts_at),
        "ends_at": _iso(gap.ends_at),
        "filled_at": _iso(gap.filled_at),
        "lost": gap.lost,
    }


def _missed(gap: Gap) -> str:
    stretch = _clock(gap.starts_at) + (f"-{_end(gap.starts_at, gap.ends_at)}" if gap.ends_at else "")
    if gap.filled_at:
        return f"not listened to {stretch} UTC ({gap.reason}), made up for at {_clock(gap.filled_at)}"
    ever = "; the network no longer shows that time" if gap.lost else ""
    return f"may have missed {stretch} UTC ({gap.reason}{ever})"


def _end(start: datetime, end: datetime) -> str:
    return f"{end:%H:%M}" if end.date() == start.date() else _clock(end)


def _volume(volume: Volume | None) -> str:
    if volume is None:
        return "not enough history yet"
    return f"{volume.count} in {_span(volume.stretch)} (usual {volume.least}-{volume.most})"


def _iso(at: datetime | None) -> str | None:
    return at.isoformat() if at else None


def _clock(at: datetime) -> str:
    return f"{at:%F %H:%M}"


def _ago(at: datetime | None, now: datetime) -> str:
    return f"{_span(now - at)} ago" if at else "never"


def _span(length: timedelta) -> str:
    seconds = int(length.total_seconds())
    for size, unit in ((86400, "d"), (3600, "h"), (60, "min")):
        if seconds >= size:
            return f"{seconds // size} {unit}"
    return f"{seconds} s"
