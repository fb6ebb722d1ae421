"""Learns once a day what each network of a brand usually brings."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
from django.db.models import Min
from numpy.typing import NDArray

from listeners.models import Gap, Source
from trends.models import Fact, Incident, Usual
from trends.spikes.profile import SLOTS, Numbers, learn, slots
from trends.spikes.tally import HOUR, IMPORTED, KINDS, tally

WEEKS = 8
AGAIN_AFTER = timedelta(days=1)
LONGEST = timedelta(days=3)
"""What lasts for longer is no incident but the new usual."""
_HOURS = WEEKS * SLOTS


def refresh(usual: Usual, *, zone: ZoneInfo, now: datetime) -> None:
    """Learn anew where the profile is a day old; two workers that do so at once learn the same."""
    if usual.learned_at is None or now - usual.learned_at >= AGAIN_AFTER:
        usual.profile, usual.learned_at = profile_of(usual.brand, zone=zone, now=now), now
        Usual.objects.filter(pk=usual.pk).update(profile=usual.profile, learned_at=now)


def profile_of(brand: str, *, zone: ZoneInfo, now: datetime) -> dict[str, Any]:
    """Return the profiles by network and kind, those of all networks under "".

    A network counts from the day on which the first source was made for it. Hours in which one of its sources
    was not listened to, or in which an incident was, are left out.
    """
    end = now.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    begin = end - _HOURS * HOUR
    counts = tally(Fact.objects.filter(brand=brand), begin=begin, step=HOUR, length=_HOURS)
    at = slots(begin, count=_HOURS, step=HOUR, zone=zone).astype(int)
    storms = _free([(one.began_at, one.ended_at) for one in incidents_of(brand, since=begin)], begin)
    heard = {network: storms & _heard(brand, network, since, begin) for network, since in _networks(brand)}
    found = {network: _learned([network], counts, hours, at) for network, hours in heard.items()}
    known = [network for network, profiles in found.items() if profiles]
    if not known:
        return {}
    anywhere = np.any([heard[network] for network in known], axis=0)
    whole = _learned(known, counts, anywhere, at)
    return {"": whole, **{network: found[network] for network in known}}


def incidents_of(brand: str, *, since: datetime) -> list[Incident]:
    """Return the incidents after `since` that were some, and that ended before they became usual."""
    found = Incident.objects.filter(brand=brand, is_none=False, began_at__gt=since - LONGEST)
    return [one for one in found if one.ended_at is None or one.ended_at - one.began_at < LONGEST]


def _learned(
    networks: Collection[str],
    counts: Mapping[tuple[str, str], Numbers],
    hours: NDArray[np.bool_],
    at: NDArray[np.int_],
) -> dict[str, Any]:
    """Return the profiles of these networks together by kind; none where there is no day yet."""
    found = {}
    for kind in KINDS:
        posts = np.sum([counts[network, kind] for network in networks], axis=0)
        profile = learn(posts[hours], at[hours])
        if profile:
            found[str(kind)] = profile.as_json()
    return found


def _networks(brand: str) -> list[tuple[str, datetime]]:
    sources = Source.objects.filter(brand=brand).exclude(network=IMPORTED)
    return list(sources.values_list("network").annotate(since=Min("created_at")).order_by("network"))


def _heard(brand: str, network: str, since: datetime, begin: datetime) -> NDArray[np.bool_]:
    gaps = Gap.objects.filter(source__brand=brand, source__network=network, filled_at__isnull=True)
    heard = _free(gaps.exclude(ends_at__lte=begin).values_list("starts_at", "ends_at"), begin)
    heard[: max(0, -int((begin - since) // HOUR))] = False
    return heard


def _free(stretches: Iterable[tuple[datetime, datetime | None]], begin: datetime) -> NDArray[np.bool_]:
    """Mark the hours that none of the stretches touches; one without an end goes on."""
    free = np.ones(_HOURS, dtype=bool)
    for starts_at, ends_at in stretches:
        first = max(0, int((starts_at - begin) // HOUR))
        last = _HOURS if ends_at is None else max(0, int((ends_at - begin) // HOUR) + 1)
        free[first:last] = False
    return free
