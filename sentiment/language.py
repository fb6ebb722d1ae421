"""In which language a post is: the network's word for it, else a detector's."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from lingua import Language, LanguageDetector, LanguageDetectorBuilder

UNKNOWN = "und"
SUPPORTED = ("de", "en")
_NO_LANGUAGE = {"", "und", "zxx", "mul", "mis", "qme", "qht", "qst", "qam", "qct", "art", "in"}
_ENOUGH_LETTERS = 20
_NOISE = re.compile(r"@user|\[caps\]|\bhttp\b|[^\w\s'’]|\d|_")
_OTHERS = (
    Language.ARABIC,
    Language.CHINESE,
    Language.DUTCH,
    Language.FRENCH,
    Language.GREEK,
    Language.ITALIAN,
    Language.JAPANESE,
    Language.KOREAN,
    Language.POLISH,
    Language.PORTUGUESE,
    Language.RUSSIAN,
    Language.SPANISH,
    Language.TURKISH,
    Language.UKRAINIAN,
)


@dataclass(frozen=True, slots=True)
class Spoken:
    """A language code (ISO 639-1, "und" where nobody can tell) and whether the model may judge the post."""

    code: str
    supported: bool


def spoken(normalised: Sequence[str], tags: Sequence[str]) -> list[Spoken]:
    """Return the languages of normalised posts: the network's tag ("de-AT", "en") where it names one.

    A post too short or too mixed to tell, or without words, counts as supported: the model reads emoji, and a
    wrong guess would hide a post that it understands.
    """
    named = [re.split(r"[-_]", tag.strip().lower())[0] for tag in tags]
    untold = [i for i, code in enumerate(named) if code in _NO_LANGUAGE]
    detected = dict(zip(untold, _detect([_words(normalised[i]) for i in untold]), strict=True))
    return [detected.get(i) or Spoken(code, code in SUPPORTED) for i, code in enumerate(named)]


def _words(normalised: str) -> str:
    return " ".join(_NOISE.sub(" ", normalised).split()).lower()[:300]


def _detect(texts: list[str]) -> Iterator[Spoken]:
    for words, values in zip(
        texts, _detector().compute_language_confidence_values_in_parallel(texts), strict=True
    ):
        yield (
            _decide(words, {value.language: value.value for value in values})
            if words
            else Spoken(UNKNOWN, True)
        )


def _decide(words: str, likely: Mapping[Language, float]) -> Spoken:
    german, english = likely[Language.GERMAN], likely[Language.ENGLISH]
    best = max(likely, key=lambda language: likely[language])
    enough = len(words) >= _ENOUGH_LETTERS or not _is_latin(words)
    if enough and german + english < 0.05 and likely[best] > 0.5:
        return Spoken(best.iso_code_639_1.name.lower(), False)
    if german + english < 0.05:
        return Spoken(UNKNOWN, True)
    return Spoken("de" if german >= english else "en", True)


def _is_latin(words: str) -> bool:
    letters = [c for c in words if c.isalpha()]
    return 2 * sum("LATIN" in unicodedata.name(c, "") for c in letters) >= len(letters)


@cache
def _detector() -> LanguageDetector:
    """Return a detector in its light mode: 40 MB instead of 270, and as good on posts stripped of noise."""
    languages = (Language.GERMAN, Language.ENGLISH, *_OTHERS)
    return LanguageDetectorBuilder.from_languages(*languages).with_low_accuracy_mode().build()
