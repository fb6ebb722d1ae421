"""The classifier: posts in, verdicts out, whichever model thinks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from sentiment.answers import NOT_JUDGED, NOTHING_TO_READ, certain, choose, even
from sentiment.backends.interface import Backend, Floats, Rows
from sentiment.backends.onnx import OnnxBackend
from sentiment.description import Description, Head
from sentiment.language import Spoken, spoken
from sentiment.normalise import normalise
from sentiment.verdict import Verdict

SHIPPED = Path(__file__).parent / "weights"


class Classifier:
    """Judges posts. Safe to share between threads."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend

    @classmethod
    def load(cls, folder: Path = SHIPPED, *, threads: int = 0) -> Classifier:
        """Return a classifier that thinks with the model of ours in `folder`; 0 threads means all cores.

        Raises ModelError where files are missing, damaged or not a model of ours.
        """
        return cls(OnnxBackend.load(folder, threads=threads))

    @property
    def description(self) -> Description:
        """What the model is."""
        return self._backend.description

    def classify(self, texts: Sequence[str], languages: Sequence[str] | None = None) -> list[Verdict]:
        """Return one verdict a text, in order; `languages` are the networks' tags, "" where there is none."""
        plain = [normalise(text) for text in texts]
        tags = languages if languages is not None else [""] * len(texts)
        tongues = spoken(plain, tags)
        readable = [i for i, text in enumerate(plain) if text and tongues[i].supported]
        judged = dict(zip(readable, self.probabilities([plain[i] for i in readable]), strict=True))
        return [self._verdict(judged.get(i), tongue) for i, tongue in enumerate(tongues)]

    def probabilities(self, plain: Sequence[str]) -> Iterator[Rows]:
        """Yield each normalised text's probabilities by head; long texts are read by windows."""
        return self._backend.probabilities(plain) if plain else iter(())

    def _verdict(self, rows: Rows | None, tongue: Spoken) -> Verdict:
        about = self.description
        if rows is None:
            answers, rows = _unread(about, supported=tongue.supported)
        else:
            answers = {name: choose(head, rows[name]) for name, head in about.heads.items()}
        return Verdict(
            language=tongue.code,
            supported=tongue.supported,
            sentiment=answers["sentiment"],
            urgency=int(answers["urgency"]),
            angry=answers["angry"] == "1",
            intent=answers["intent"],
            probabilities={name: _named(head, rows[name]) for name, head in about.heads.items()},
            model_name=about.name,
            model_version=about.version,
            model_hash=about.sha256,
        )


def _unread(about: Description, *, supported: bool) -> tuple[dict[str, str], Rows]:
    """Return answers and probabilities for a post without words, or in a language nobody here speaks."""
    if not supported:
        return NOT_JUDGED, {name: even(head) for name, head in about.heads.items()}
    return NOTHING_TO_READ, {name: certain(head, NOTHING_TO_READ[name]) for name, head in about.heads.items()}


def _named(head: Head, row: Floats) -> dict[str, float]:
    return {label: round(float(share), 4) for label, share in zip(head.labels, row, strict=True)}
