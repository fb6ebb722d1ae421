"""Harmless edits of training posts: what people and keyboards do without meaning anything else."""

from __future__ import annotations

import random
import re

from sentiment.normalise import spell_out_umlauts
from sentiment.training.recipe import Augment

_FIRST_HANDLE = re.compile(r"^\s*(?:RT\s+)?@\w+:?\s*")


def edit(text: str, chances: Augment, chance: random.Random) -> str:
    """Return `text` with each kind of edit made at its chance; never empty where `text` was not."""
    changed = text
    if chance.random() < chances.umlaut:
        changed = spell_out_umlauts(changed)
    if chance.random() < chances.no_handle:
        changed = _FIRST_HANDLE.sub("", changed)
    if chance.random() < chances.lower:
        changed = changed.lower()
    if chance.random() < chances.no_end:
        changed = changed.rstrip(".!? ")
    if chance.random() < chances.typo:
        changed = mistype(changed, chance)
    return changed if changed.strip() else text


def mistype(text: str, chance: random.Random) -> str:
    """Return `text` with one letter dropped, doubled or swapped with the next, inside one longer word."""
    words = text.split(" ")
    long = [i for i, word in enumerate(words) if len(word) > 4 and word.isalpha()]
    if not long:
        return text
    i = chance.choice(long)
    word, at = words[i], chance.randrange(1, len(words[i]) - 2)
    words[i] = chance.choice(
        (
            word[:at] + word[at + 1 :],
            word[:at] + word[at] + word[at:],
            word[:at] + word[at + 1] + word[at] + word[at + 2 :],
        )
    )
    return " ".join(words)
