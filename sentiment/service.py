"""The classifier that this installation uses, loaded once a process."""

from __future__ import annotations

from functools import cache

from django.conf import settings

from sentiment.classifier import Classifier


@cache
def classifier() -> Classifier:
    """Return the classifier that `KULANZ_MODEL` names, with `KULANZ_THREADS` threads; raises ModelError."""
    return Classifier.load(settings.ENVIRONMENT.model, threads=settings.ENVIRONMENT.threads)
