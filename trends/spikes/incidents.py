"""Opens the one incident of a brand, follows it while it lasts, and ends it once it is calm."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from config.brand_files import brand
from trends.models import Incident, Notice
from trends.notices import hurry, note
from trends.spikes import measures
from trends.spikes.learning import LONGEST, incidents_of
from trends.spikes.lines import LENGTH, Line, lines
from trends.spikes.rule import LEAST, WINDOWS, first_bin
from trends.spikes.tally import MINUTE

CALM = timedelta(minutes=60)
"""How long it has to be calm before an incident is over; what rises again meanwhile is the same one."""
LEAST_AUTHORS = 3
"""One angry person is no incident, however much they write."""
ALONE = 0.8
"""From which share of the rise on the incident is that network's."""
_SHORTEST_CALM, _SHORTEST_RISE = 30, 15
_BIN = 5
_LOOKED_BACK = 8 * 60


def follow(slug: str, profile: dict[str, Any], *, now: datetime) -> int:
    """Compare a brand's last hours with its profile; returns how many incidents began or ended.

    Whoever calls it holds the brand's row of `Usual`.
    """
    open_one = Incident.objects.select_for_update().filter(brand=slug, closed_at=None).first()
    known = _lines(slug, profile, now) if profile else []
    longest = max(open_one.window, _SHORTEST_RISE) if open_one else max(WINDOWS)
    rising = [line for line in known if line.rises(longest=longest)]
    if open_one is None:
        return int(bool(rising) and _open(slug, known, rising, profile, now))
    return _keep(open_one, known, rising, profile, now)


def _lines(slug: str, profile: dict[str, Any], now: datetime) -> list[Line]:
    known, zone = incidents_of(slug, since=now - LENGTH * MINUTE), brand(slug).zone
    return lines(slug, profile, incidents=known, left_out=_muted(slug, now), zone=zone, now=now)


def _muted(slug: str, now: datetime) -> set[tuple[str, str]]:
    return set(Incident.objects.filter(brand=slug, muted_until__gt=now).values_list("kind", "network"))


def _open(
    slug: str, known: Sequence[Line], rising: Sequence[Line], profile: dict[str, Any], now: datetime
) -> bool:
    kind = max((line.kind for line in rising), key=lambda kind: kind == Incident.Kind.URGENT)
    window = min(min(line.rises()) for line in rising if line.kind == kind)
    line = _carrier([line for line in known if line.kind == kind], window)
    incident = Incident(brand=slug, network=line.network, kind=kind, window=window, level=line.level)
    incident.noticed_at = now
    incident.began_at = measures.first_post(incident, since=_began(line, now)) or now
    if measures.authors(incident, now=now) < LEAST_AUTHORS:
        return False
    measures.measure(incident, line, profile, now=now)
    incident.save()
    measures.choose_examples(incident, now=now)
    note(Notice.Kind.BEGUN, incident, now=now)
    return True


def _carrier(known: Sequence[Line], window: int) -> Line:
    """Return the line of the network that nearly all of the rise is on, that of all where there is none."""
    whole, *singles = known
    excess = {line.network: line.window(window)[0] - line.window(window)[1] for line in known}
    first = max(singles, key=lambda line: excess[line.network])
    return first if excess[first.network] >= ALONE * excess[whole.network] else whole


def _began(line: Line, now: datetime) -> datetime:
    counts = line.counts[-_LOOKED_BACK:].reshape(-1, _BIN).sum(axis=1)
    usual = line.usual[-_LOOKED_BACK:].reshape(-1, _BIN).sum(axis=1) * line.level
    before = (len(counts) - first_bin(counts.astype(int).tolist(), usual.tolist())) * _BIN
    return now.replace(second=0, microsecond=0) - before * MINUTE


def _keep(
    incident: Incident,
    known: Sequence[Line],
    rising: Sequence[Line],
    profile: dict[str, Any],
    now: datetime,
) -> int:
    own = [line for line in known if (line.kind, line.network) == (incident.kind, incident.network)]
    lasts = any(line.is_high(max(incident.window, _SHORTEST_CALM), times=incident.level) for line in own)
    if (lasts or rising) and now - incident.began_at < LONGEST:
        incident.ended_at = None
        if any(line.network not in ("", incident.network) for line in rising):
            incident.network = ""
    elif incident.ended_at is None:
        incident.ended_at = now
    measures.measure(incident, own[0] if own else None, profile, now=now)
    incident.save()
    if any(line.kind == Incident.Kind.URGENT for line in rising):
        hurry(incident, now=now)
    _tell_of_growth(incident, now)
    if incident.ended_at is None or now - incident.ended_at < CALM:
        return 0
    end(incident, now=now)
    return 1


def _tell_of_growth(incident: Incident, now: datetime) -> None:
    if incident.first_peak is None or incident.peak < 2 * max(incident.first_peak, LEAST):
        return
    if not incident.notices.filter(kind=Notice.Kind.DOUBLED).exists():
        measures.choose_examples(incident, now=now)
        note(Notice.Kind.DOUBLED, incident, now=now)


def end(incident: Incident, *, now: datetime) -> None:
    """Close an incident, and note that people have to hear of it."""
    incident.ended_at, incident.closed_at = incident.ended_at or now, now
    incident.save()
    note(Notice.Kind.OVER, incident, now=now)
