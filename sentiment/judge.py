"""Verdicts as a brand would have them: its own words do not drive them, and its costs choose the urgency."""

from __future__ import annotations

from collections.abc import Sequence

from config.brand_files import all_brands
from sentiment.classifier import Classifier
from sentiment.levels import costs_of, priced
from sentiment.terms import swap
from sentiment.verdict import Model, Verdict
from sentiment.why import Why, answers_of, why


def judge(
    texts: Sequence[str], brands: Sequence[str], languages: Sequence[str] | None = None, *, model: Model
) -> list[Verdict]:
    """Return one verdict a text; `brands` are the slugs of those that the posts are about, "" for none."""
    plain = [swap(text, terms_of(brand)) for text, brand in zip(texts, brands, strict=True)]
    verdicts = model.classify(plain, languages)
    return [
        priced(verdict, costs_of(brand)) if brand else verdict
        for verdict, brand in zip(verdicts, brands, strict=True)
    ]


def terms_of(slug: str) -> tuple[str, ...]:
    """Return the words that mean something else to a brand; none for "" or a brand whose file is gone."""
    brand = all_brands().get(slug) if slug else None
    return tuple(brand.terms) if brand else ()


def reasons(text: str, verdict: Verdict, brand: str, *, model: Classifier) -> tuple[Why, ...]:
    """Return the words that carried a verdict of `judge`; nothing for a post that nobody judged."""
    answers = answers_of(verdict)
    if not answers:
        return ()
    return why(text, answers, model=model, language=verdict.language, terms=terms_of(brand))
