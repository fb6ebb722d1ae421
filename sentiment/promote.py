"""Whether a challenger may take the champion's place."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sentiment.classifier import Classifier
from sentiment.compare import SHARE_RIGHT, Comparison, Row, compare
from sentiment.corrected import Judged, frozen, to_judge_by


@dataclass(frozen=True, slots=True)
class Trial:
    """Both models on each set, and why the challenger must not replace the champion ("" where it may)."""

    frozen: Comparison
    recent: Comparison
    refusal: str


def try_challenger(challenger: Classifier, champion: Classifier) -> Trial:
    """Compare both on the frozen set and on recent corrections that no lesson showed."""
    return weigh_up(challenger, champion, frozen(), to_judge_by())


def weigh_up(
    challenger: Classifier, champion: Classifier, fixed: Sequence[Judged], recent: Sequence[Judged]
) -> Trial:
    """Compare both models on two sets and decide by one rule.

    The challenger is refused where a head is worse by more than the noise, or where it finds fewer of the
    posts that need a person now. Else it is taken if the mean of its heads is better by more than the noise:
    on the fixed set, or on recent corrections while it is no lower on the fixed set. Corrections alone prove
    nothing, for they are mostly the champion's own mistakes. Noise is what 95 of 100 draws of the posts leave
    open (paired bootstrap).
    """
    on_frozen = compare("frozen set", fixed, champion, challenger)
    on_recent = compare("recent corrections", recent, champion, challenger, measures=SHARE_RIGHT)
    reasons = [reason for part in (on_frozen, on_recent) for reason in _faults(part)]
    if not reasons and not _is_better(on_frozen.mean, on_recent.mean):
        reasons = ["it is not better than the champion by more than the noise"]
    return Trial(on_frozen, on_recent, "; ".join(reasons))


def _is_better(fixed: Row | None, recent: Row | None) -> bool:
    if fixed is not None and (fixed.is_better or fixed.challenger < fixed.champion):
        return fixed.is_better
    return recent is not None and recent.is_better


def _faults(part: Comparison) -> Iterator[str]:
    """Yield why the challenger must not win by this set."""
    for row in part.heads:
        if row.is_worse:
            change = f"{row.champion:.3f} to {row.challenger:.3f}"
            yield f"{part.name}: {row.name} is worse by more than the noise ({change})"
    now = part.found_now
    if now and now.challenger < now.champion:
        change = f"{now.challenger:.1%} instead of {now.champion:.1%}"
        yield f"{part.name}: it finds fewer posts that need a person now ({change})"
