"""What the classifier asks of a model, whatever runs it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from sentiment.description import Description

Floats = npt.NDArray[np.floating[Any]]
Rows = Mapping[str, Floats]
"""Head name to probabilities or raw outputs: one row, or one row a window, as wide as the head has labels."""


class Backend(Protocol):
    """A model in memory. Safe to share between threads."""

    @property
    def description(self) -> Description:
        """What the model is, and the heads that it answers."""

    def probabilities(self, plain: Sequence[str]) -> Iterator[Rows]:
        """Yield each normalised text's probabilities by head, in order; long texts are read to their end."""
