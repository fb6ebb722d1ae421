"""The urgency of a post: the level whose expected cost is least, given how likely each level is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from itertools import accumulate

from config.brand import UrgencyCosts
from config.brand_files import all_brands
from sentiment.verdict import Verdict

USUAL_COSTS = UrgencyCosts()
"""What a mistake costs where no brand says otherwise."""
_WHOLE = 10_000


def level(shares: Mapping[str, float], costs: UrgencyCosts = USUAL_COSTS) -> int:
    """Return the level, 0 to 3, of least expected cost; of two that cost the same the higher one.

    `shares` maps "0" to "3" to calibrated probabilities. A post that is shown too low costs the price of each
    step it should have been raised, one that is shown too high a false alarm for each step too many. Counted
    in whole ten-thousandths, so that equal inputs always give equal levels.
    """
    parts = [round(shares[str(step)] * _WHOLE) for step in range(4)]
    below = list(accumulate(parts))
    misses = (costs.missed_normal, costs.missed_high, costs.missed_critical)
    gains = [
        miss * (below[-1] - below[step]) - costs.false_alarm * below[step] for step, miss in enumerate(misses)
    ]
    saved = [0, *accumulate(gains)]
    return max(range(4), key=lambda step: (saved[step], step))


def priced(verdict: Verdict, costs: UrgencyCosts) -> Verdict:
    """Return the verdict with the level that these costs give; a post that nobody judged keeps its own."""
    if not verdict.supported:
        return verdict
    return replace(verdict, urgency=level(verdict.probabilities["urgency"], costs))


def costs_of(slug: str) -> UrgencyCosts:
    """Return a brand's costs; the usual ones for a brand whose file is gone."""
    brand = all_brands().get(slug)
    return brand.urgency_costs if brand else USUAL_COSTS
