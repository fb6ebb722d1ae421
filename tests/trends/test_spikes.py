from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from listeners.models import Source
from tests.factories import make_author
from tests.trends.storms import BRAND, HOUR, MINUTE, heard_since, moments, ordinary_weeks, storm
from trends.models import Fact, Incident, Notice, Usual
from trends.spikes.incidents import CALM
from trends.spikes.stage import spikes

pytestmark = pytest.mark.django_db


@pytest.fixture
def source(now: datetime) -> Source:
    """A network with two negative posts an hour, heard for nine weeks."""
    source = heard_since(now)
    ordinary_weeks(source, now=now)
    return source


def told() -> list[str]:
    return list(Notice.objects.order_by("pk").values_list("kind", flat=True))


def looked_at(begin: datetime, end: datetime, *, step: timedelta = MINUTE) -> list[Incident]:
    while begin <= end:
        spikes(now=begin)
        begin += step
    return list(Incident.objects.order_by("pk"))


def test_ordinary_hours_open_no_incident(source: Source, now: datetime) -> None:
    assert spikes(now=now) == 0
    assert not Incident.objects.exists()
    assert Usual.objects.get(brand=BRAND).checked_at == now


def test_a_sudden_rise_opens_one_incident_that_says_since_when_and_how_much(
    source: Source, now: datetime
) -> None:
    storm(source, moments(now - 10 * MINUTE, 20, every=MINUTE / 2))
    assert spikes(now=now) == 2, "begun, and told"
    incident = Incident.objects.get()
    assert (incident.kind, incident.network, incident.noticed_at) == ("negative", "demo_x", now)
    assert now - 15 * MINUTE <= incident.began_at <= now - 9 * MINUTE
    assert (incident.count, incident.peak, incident.reach) == (21, 21, 2000), "one of them an ordinary one"
    assert incident.expected < 1 and incident.growth == pytest.approx(21)
    assert incident.examples.count() == 3 and told() == ["begun"]


def test_an_incident_grows_while_it_lasts_and_ends_once_it_is_calm(source: Source, now: datetime) -> None:
    storm(source, moments(now - 10 * MINUTE, 20, every=MINUTE / 2))
    spikes(now=now)
    storm(source, moments(now, 60, every=MINUTE / 2))
    (incident,) = looked_at(now + MINUTE, now + 40 * MINUTE, step=3 * MINUTE)
    assert incident.count >= 80 and incident.ended_at is None
    (incident,) = looked_at(now + 41 * MINUTE, now + 40 * MINUTE + HOUR + CALM, step=5 * MINUTE)
    assert incident.ended_at and incident.closed_at == incident.ended_at + CALM
    assert told() == ["begun", "over"]


def test_a_storm_that_doubles_is_told_so_once(source: Source, now: datetime) -> None:
    storm(source, moments(now - 15 * MINUTE, 15, every=MINUTE))
    spikes(now=now)
    storm(source, moments(now, 100, every=MINUTE / 4))
    looked_at(now + MINUTE, now + 25 * MINUTE, step=4 * MINUTE)
    assert told() == ["begun", "doubled"]


def test_what_rises_again_before_it_is_over_is_the_same_incident(source: Source, now: datetime) -> None:
    for number in range(3):
        storm(source, moments(now + number * 85 * MINUTE - 10 * MINUTE, 20, every=MINUTE / 2))
    (incident,) = looked_at(now, now + 180 * MINUTE, step=5 * MINUTE)
    assert incident.closed_at is None and told() == ["begun"]


def test_a_rise_on_two_networks_is_one_incident(source: Source, now: datetime) -> None:
    other = heard_since(now, network="demo_facebook")
    ordinary_weeks(other, now=now)
    for network in (source, other):
        storm(network, moments(now - 10 * MINUTE, 20, every=MINUTE / 2), urgency=2)
    spikes(now=now)
    incident = Incident.objects.get()
    assert (incident.network, incident.kind, incident.count) == ("", "urgent", 40)


def test_a_rise_that_spreads_to_another_network_stays_one_incident(source: Source, now: datetime) -> None:
    other = heard_since(now, network="demo_facebook")
    ordinary_weeks(other, now=now)
    storm(source, moments(now - 10 * MINUTE, 20, every=MINUTE / 2))
    spikes(now=now)
    assert Incident.objects.get().network == "demo_x"
    storm(other, moments(now, 20, every=MINUTE / 2))
    (incident,) = looked_at(now + MINUTE, now + 12 * MINUTE, step=3 * MINUTE)
    assert (incident.network, incident.count, told()) == ("", 42, ["begun"])


def test_one_angry_person_is_no_incident(source: Source, now: datetime) -> None:
    storm(source, moments(now - 10 * MINUTE, 40, every=MINUTE / 4), author=make_author(network="demo_x"))
    spikes(now=now)
    assert not Incident.objects.exists()


def test_posts_that_come_late_count_when_they_were_written(source: Source, now: datetime) -> None:
    """A night's worth of posts comes in one minute, after an outage."""
    Fact.objects.filter(posted_at__gt=now - 12 * HOUR).delete()
    source.gaps.create(reason="fault", starts_at=now - 12 * HOUR, ends_at=now)
    spikes(now=now - 2 * MINUTE)
    storm(source, moments(now - 12 * HOUR, 24, every=HOUR / 2), seen_at=now)
    looked_at(now, now + 20 * MINUTE, step=5 * MINUTE)
    assert not Incident.objects.exists()


def test_a_new_source_on_a_known_network_is_no_rise(source: Source, now: datetime) -> None:
    added = heard_since(now, weeks=0)
    storm(added, moments(now - 30 * MINUTE, 60, every=MINUTE / 2))
    spikes(now=now)
    assert not Incident.objects.exists()


def test_a_new_network_counts_once_it_was_heard_for_a_day(source: Source, now: datetime) -> None:
    added = heard_since(now, weeks=0, network="demo_facebook")
    storm(added, moments(now + 5 * HOUR, 60, every=MINUTE / 2))
    spikes(now=now + 5 * HOUR + 30 * MINUTE)
    assert not Incident.objects.exists()
    later = now + timedelta(days=3)
    ordinary_weeks(added, now=later, weeks=0)
    storm(added, moments(later - 10 * MINUTE, 60, every=MINUTE / 6))
    spikes(now=later)
    assert Incident.objects.get().network == "demo_facebook"


def test_a_brand_without_any_history_opens_none(now: datetime) -> None:
    source = heard_since(now, weeks=0)
    storm(source, moments(now - 10 * MINUTE, 100, every=MINUTE / 10))
    spikes(now=now)
    assert not Incident.objects.exists()


def test_files_that_are_imported_are_no_rise(now: datetime) -> None:
    source = heard_since(now, network="file")
    ordinary_weeks(source, now=now)
    storm(source, [now] * 200)
    spikes(now=now)
    assert not Incident.objects.exists()


def test_what_lasts_becomes_usual(source: Source, now: datetime) -> None:
    storm(source, moments(now - 10 * MINUTE, 20, every=MINUTE / 2))
    spikes(now=now)
    storm(source, moments(now, 4 * 24 * 20, every=3 * MINUTE))
    for hour in range(1, 4 * 24, 3):
        spikes(now=now + hour * HOUR)
    incident = Incident.objects.get()
    assert incident.ended_at and incident.ended_at - incident.began_at < timedelta(days=3, hours=3)


def test_a_brand_that_cannot_be_judged_is_logged_and_stops_nothing(
    source: Source, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    spikes(now=now)
    Usual.objects.update(profile={"": {}, "demo_x": {}})
    assert spikes(now=now + MINUTE) == 0


def test_a_storm_that_is_over_opens_no_second_incident(source: Source, now: datetime) -> None:
    """It still lies within the longest window."""
    storm(source, moments(now - 10 * MINUTE, 80, every=MINUTE / 8))
    (incident,) = looked_at(now, now + 5 * HOUR, step=10 * MINUTE)
    assert incident.closed_at and told() == ["begun", "over"]
