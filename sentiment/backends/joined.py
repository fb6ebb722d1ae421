"""Two models as one: the first answers what it can, the other one the rest."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sentiment.backends.interface import Backend, Rows
from sentiment.description import Description
from sentiment.labels import HEADS


class JoinedBackend:
    """Each head is answered by `first` if it can, else by `rest`; verdicts name both."""

    def __init__(self, first: Backend, rest: Backend) -> None:
        self._first, self._rest = first, rest
        self.description = _joined(first.description, rest.description)

    def probabilities(self, plain: Sequence[str]) -> Iterator[Rows]:
        """Yield each normalised text's probabilities by head."""
        both = zip(self._first.probabilities(plain), self._rest.probabilities(plain), strict=True)
        return ({**rest, **first} for first, rest in both)


def _joined(first: Description, rest: Description) -> Description:
    heads = {**rest.heads, **first.heads}
    return Description(
        name=f"{first.name} + {rest.name}",
        version=f"{first.version} + {rest.version}",
        sha256=f"{first.sha256}+{rest.sha256}",
        max_tokens=min(first.max_tokens, rest.max_tokens),
        heads={name: heads[name] for name in HEADS},
        training=rest.training,
    )
