"""Starting values for a new vocabulary's embeddings, out of the old English one and a dictionary."""

from __future__ import annotations

import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path

import torch
from tokenizers import Tokenizer
from torch import Tensor

from sentiment.normalise import HANDLE, SHOUT, normalise
from sentiment.training import corpora

_SPELT = {HANDLE: "user", SHOUT: "shouting!"}
_ENDINGS = (
    "ungen",
    "enen",
    "esten",
    "sten",
    "ern",
    "est",
    "end",
    "en",
    "er",
    "es",
    "em",
    "et",
    "te",
    "st",
    "e",
    "n",
    "s",
    "t",
)
_TRANSLATIONS = 8


def start_embeddings(new: Tokenizer, old: Tokenizer, weights: Tensor, folder: Path) -> Tensor:
    """Return one row for each piece of `new`: the old row, its translations' mean, or its old pieces' mean.

    `weights` is the old table (old pieces x width). A word that is mostly German in our texts is translated
    even where English has a word spelt alike ("die", "war").
    """
    english, german = _counts(folder)
    dictionary = _dictionary(folder)
    rows = torch.empty(new.get_vocab_size(), weights.shape[1])
    known = old.get_vocab()
    length = weights.norm(dim=1).mean()
    for piece, index in new.get_vocab().items():
        is_german = german[piece] > 2 * english[piece]
        translations = _translate(piece, dictionary) if is_german or piece not in known else []
        if translations:
            rows[index] = _mean(translations, old, weights, length)
        elif piece in known:
            rows[index] = weights[known[piece]]
        else:
            rows[index] = _mean([_spelling(piece)], old, weights, length)
    return rows


def _spelling(piece: str) -> str:
    """Return English text that says what `piece` means: an emoji's name, a marker's word, else itself."""
    if len(piece) == 1 and unicodedata.category(piece) == "So":
        return unicodedata.name(piece, piece).lower().replace("face", "").strip() or piece
    return _SPELT.get(piece, piece)


def _mean(texts: Iterable[str], old: Tokenizer, weights: Tensor, length: Tensor) -> Tensor:
    """Return the mean of the old rows of all `texts`, stretched to the usual length of a row."""
    ids = [i for text in texts for i in _old_ids(text, old)]
    mean = weights[ids].mean(dim=0)
    return mean * (length / mean.norm().clamp(min=1e-6))


def _old_ids(text: str, old: Tokenizer) -> list[int]:
    if text.startswith("##"):
        whole = old.token_to_id(text)
        if whole is not None:
            return [whole]
        head, *rest = old.encode("x" + text[2:], add_special_tokens=False).ids
        return rest or [head]
    return list(old.encode(text, add_special_tokens=False).ids) or list(
        old.encode("?", add_special_tokens=False).ids
    )


def _translate(piece: str, dictionary: Mapping[str, list[str]]) -> list[str]:
    if piece.startswith("##") or len(piece) < 2:
        return []
    for stem in (piece, *_stems(piece)):
        for form in (stem, stem + "en", stem + "e"):
            if form in dictionary:
                return dictionary[form]
    return []


def _stems(word: str) -> list[str]:
    return [word.removesuffix(end) for end in _ENDINGS if word.endswith(end) and len(word) - len(end) >= 3]


def _dictionary(folder: Path) -> dict[str, list[str]]:
    words: dict[str, list[str]] = defaultdict(list)
    for row in corpora.rows(folder, "dictionary_de_en"):
        german = row["de"].lower()
        if " " not in german and len(words[german]) < _TRANSLATIONS:
            words[german].append(row["en"].lower().removeprefix("to "))
    return {word: english for word, english in words.items() if english}


def _counts(folder: Path) -> tuple[Counter[str], Counter[str]]:
    """Return how often each word stands in English and in German texts."""
    english: Counter[str] = Counter()
    german: Counter[str] = Counter()
    for row in corpora.rows(folder, "parallel_de_en"):
        english.update(normalise(row["en"]).lower().split())
        german.update(normalise(row["de"]).lower().split())
    return english, german
