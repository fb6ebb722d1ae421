"""A classifier that judges no post twice, for the sets share posts and each is asked several questions."""

from __future__ import annotations

from collections.abc import Sequence

from sentiment.classifier import Classifier
from sentiment.description import Description
from sentiment.verdict import Verdict


class Remembering(Classifier):
    """Asks `classifier` about posts that are new."""

    def __init__(self, classifier: Classifier) -> None:
        self._classifier = classifier
        self._known: dict[tuple[str, str], Verdict] = {}

    @property
    def description(self) -> Description:
        """What the model is."""
        return self._classifier.description

    def classify(self, texts: Sequence[str], languages: Sequence[str] | None = None) -> list[Verdict]:
        """Return one verdict a text, in order."""
        asked = list(zip(texts, languages or [""] * len(texts), strict=True))
        new = [post for post in dict.fromkeys(asked) if post not in self._known]
        verdicts = self._classifier.classify([text for text, _ in new], [tag for _, tag in new])
        self._known |= dict(zip(new, verdicts, strict=True))
        return [self._known[post] for post in asked]
