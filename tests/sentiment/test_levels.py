from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.brand import UrgencyCosts
from config.brand_files import BrandFault, read_brand
from sentiment.assess import assess
from sentiment.classifier import Classifier
from sentiment.levels import USUAL_COSTS, costs_of, level, priced
from sentiment.models import Assessment
from tests.factories import make_mention
from tests.sentiment.verdicts import make_verdict

ZEHNSCHRITT = Path("config/brands/zehnschritt.yaml").read_text()
COSTS_LINE = next(line for line in ZEHNSCHRITT.splitlines() if line.startswith("urgency_costs:"))
PRICES = ("missed_critical", "missed_high", "missed_normal", "false_alarm")
costs = st.builds(UrgencyCosts, **dict.fromkeys(PRICES, st.integers(1, 1000)))
price = st.sampled_from(PRICES[:3])


@st.composite
def shares(draw: st.DrawFn) -> dict[str, float]:
    """Probabilities of the four levels as an assessment keeps them."""
    weights = [draw(st.integers(0, 10_000)) for _ in range(4)]
    whole = sum(weights) or 1
    return {str(i): round(weight / whole, 4) for i, weight in enumerate(weights)}


@given(shares(), costs, price, st.integers(1, 1000))
def test_a_higher_price_of_missing_never_lowers_a_level(
    likely: dict[str, float], usual: UrgencyCosts, name: str, more: int
) -> None:
    dearer = usual.model_copy(update={name: getattr(usual, name) + more})
    assert level(likely, dearer) >= level(likely, usual)


@given(shares(), costs, st.integers(1, 1000))
def test_a_higher_price_of_false_alarms_never_raises_a_level(
    likely: dict[str, float], usual: UrgencyCosts, more: int
) -> None:
    dearer = usual.model_copy(update={"false_alarm": usual.false_alarm + more})
    assert level(likely, dearer) <= level(likely, usual)


@given(shares(), costs)
def test_no_other_level_would_cost_less(likely: dict[str, float], prices: UrgencyCosts) -> None:
    misses = (prices.missed_normal, prices.missed_high, prices.missed_critical)

    def cost(said: int) -> float:
        return sum(
            share * (sum(misses[said : int(true)]) + prices.false_alarm * max(said - int(true), 0))
            for true, share in likely.items()
        )

    assert cost(level(likely, prices)) <= min(map(cost, range(4))) + 1e-6 * max(misses)


@given(shares(), costs, st.integers(2, 9))
def test_only_how_prices_compare_counts(likely: dict[str, float], prices: UrgencyCosts, times: int) -> None:
    scaled = UrgencyCosts.model_construct(**{name: times * getattr(prices, name) for name in PRICES})
    assert level(likely, scaled) == level(likely, prices)


@pytest.mark.parametrize("certain", range(4))
def test_what_is_certain_is_shown_as_it_is_whatever_it_costs(certain: int) -> None:
    likely = {str(i): float(i == certain) for i in range(4)}
    assert level(likely, UrgencyCosts(missed_critical=1000)) == certain
    assert level(likely, UrgencyCosts(false_alarm=1000)) == certain


def test_four_false_alarms_for_one_missed_post_show_it_from_a_chance_of_one_fifth() -> None:
    prices = UrgencyCosts(missed_high=4, missed_normal=4, false_alarm=1)
    likely: Mapping[str, float] = {"0": 0.0, "1": 0.8, "2": 0.2, "3": 0.0}
    assert level(likely, prices) == 2
    assert level({**likely, "1": 0.81, "2": 0.19}, prices) == 1


def test_a_post_that_nobody_judged_keeps_its_level_at_any_price() -> None:
    foreign = make_verdict(supported=False, urgency=1)
    dear = UrgencyCosts(missed_critical=1000, missed_high=1000)
    assert priced(foreign, dear).urgency == 1
    assert priced(replace(foreign, supported=True), dear).urgency == 3


def test_a_brand_whose_file_is_gone_has_the_usual_costs() -> None:
    assert costs_of("nobody") == USUAL_COSTS


@pytest.mark.django_db
def test_an_assessment_is_stored_with_the_level_that_the_brands_costs_give(
    now: datetime, model: Classifier, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_mention("Wann macht die Filiale am Samstag auf?", now=now)
    monkeypatch.setattr("sentiment.judge.costs_of", lambda slug: UrgencyCosts(missed_critical=1000))
    assess(now=now, model=model)
    stored = Assessment.objects.get()
    assert stored.urgency == level(stored.probabilities["urgency"], UrgencyCosts(missed_critical=1000))
    assert stored.urgency > level(stored.probabilities["urgency"])


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("urgency_costs: {missed_critical: 0}", "urgency_costs.missed_critical"),
        ("urgency_costs: {missed_hihg: 4}", "urgency_costs.missed_hihg: Extra inputs"),
        ("urgency_costs: {false_alarm: cheap}", "urgency_costs.false_alarm"),
    ],
)
def test_a_wrong_cost_is_told_with_file_key_and_line(tmp_path: Path, line: str, said: str) -> None:
    path = tmp_path / "shop.yaml"
    path.write_text(ZEHNSCHRITT.replace(COSTS_LINE, line))
    with pytest.raises(BrandFault, match=said) as fault:
        read_brand(path)
    place = path.read_text().splitlines().index(line) + 1
    assert f"shop.yaml, line {place}: " in str(fault.value)


def test_a_brand_may_name_some_costs_and_leave_the_others(tmp_path: Path) -> None:
    path = tmp_path / "shop.yaml"
    path.write_text(ZEHNSCHRITT.replace(COSTS_LINE, "urgency_costs: {missed_critical: 9}"))
    assert read_brand(path).urgency_costs == USUAL_COSTS.model_copy(update={"missed_critical": 9})
