from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from scipy.stats import nbinom

from bench.spikes import measure
from trends.spikes.profile import from_json, learn, slots
from trends.spikes.rule import chance, first_bin, is_high, is_rise, level

HOUR = timedelta(hours=1)
HOURS = np.arange(8 * 168) % 168


@pytest.mark.parametrize(("count", "usual", "spread"), [(5, 0.5, 0.3), (50, 20, 0.1), (4000, 2000, 0.08)])
def test_the_chance_is_that_of_the_negative_binomial(count: int, usual: float, spread: float) -> None:
    size = 1 / spread
    assert chance(count, usual, spread) == pytest.approx(nbinom.sf(count - 1, size, size / (size + usual)))


def test_few_posts_and_small_rises_are_none() -> None:
    assert not is_rise(4, 0.001, 0.1, minutes=15)
    assert not is_rise(190, 100, 0.01, minutes=60)
    assert is_rise(12, 1, 0.1, minutes=15)


def test_a_rise_lasts_below_the_bar_that_it_had_to_pass() -> None:
    assert not is_rise(8, 2, 0.1, minutes=60) and is_high(8, 2, 0.1, minutes=60)
    assert not is_high(3, 2, 0.1, minutes=60)


def test_a_quiet_day_does_not_lower_the_level_and_a_loud_one_raises_it() -> None:
    assert level(0, 100) == 1 and level(205, 100) == pytest.approx(2)


def test_the_beginning_is_where_the_rise_begins() -> None:
    assert first_bin([1, 0, 1, 1, 9, 12, 11], [1.0] * 7) == 4
    assert first_bin([0, 0, 0, 5], [0.1] * 4) == 3


def test_a_profile_knows_the_hours_of_the_week() -> None:
    busy = np.where(HOURS % 24 == 12, 40.0, 2.0)
    profile = learn(busy, HOURS)
    assert profile and profile.days == 56
    noon = float(profile.expected(np.array([12.0]), 1)[0])
    assert 15 < noon < 45 and float(profile.expected(np.array([3.0]), 1)[0]) == pytest.approx(2, abs=0.5)
    again = from_json(profile.as_json())
    assert np.allclose(again.rates, profile.rates, atol=1e-3) and again.days == 56


def test_a_storm_in_the_past_hardly_teaches() -> None:
    calm = np.full(len(HOURS), 2.0)
    stormy = calm.copy()
    stormy[500:506] = 300
    taught, plain = learn(stormy, HOURS), learn(calm, HOURS)
    assert taught and plain and taught.rates.max() < 2 * plain.rates.max()


def test_less_than_a_day_teaches_nothing_and_less_than_two_weeks_leave_doubt() -> None:
    assert learn(np.ones(23), HOURS[:23]) is None
    young = learn(np.ones(24 * 5), HOURS[: 24 * 5])
    assert young and young.spread >= 1


def test_slots_follow_the_clock_of_the_brand_through_the_night_it_is_turned_back() -> None:
    begin = datetime(2026, 10, 24, 23, 0, tzinfo=UTC)
    found = slots(begin, count=4, step=HOUR, zone=ZoneInfo("Europe/Berlin"))
    assert found.tolist() == [6 * 24 + 1, 6 * 24 + 2, 6 * 24 + 2, 6 * 24 + 3]


def test_noise_is_seldom_an_incident_and_a_storm_is_found_soon() -> None:
    found = measure(1000, 11, months=2, tries=40, storms=((5, 120),))
    assert found["false_alarms_a_month"] <= 1.5
    storm = found["all posts x5 for 120 min"]
    assert storm["found"] >= 0.95 and storm["within_15_min"] >= 0.85
