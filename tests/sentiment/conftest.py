from __future__ import annotations

import pytest

from sentiment.classifier import Classifier


@pytest.fixture(scope="session")
def model() -> Classifier:
    """The shipped model."""
    return Classifier.load(threads=1)
