"""Harmless edits of training posts: what people and keyboards do without meaning anything else."""

from __future__ import annotations

import random
import re

from sentiment.normalise import spell_out_umlauts
from sentiment.training.recipe import Augment

_FIRST_HANDLE = re.compile(r"^\s*(?:RT\s+)?@\w+:?\s*")
_LEFT_OUT = tuple(str.maketrans("", "", signs) for signs in ("#", "'’", ",", "!", "."))
_GREETINGS = ("Hallo,", "Hi,", "Moin,", "Guten Tag,", "Hey", "Hello,", "Hi there,", "Servus,", "Ok,", "Also,")


def edit(chances: Augment, text: str, chance: random.Random) -> str:
    """Return `text` with each kind of edit made at its chance; never empty where `text` was not."""
    changed = text
    for likely, change in (
        (chances.umlaut, spell_out_umlauts),
        (chances.no_handle, lambda text: _FIRST_HANDLE.sub("", text)),
        (chances.no_sign, lambda text: text.translate(chance.choice(_LEFT_OUT))),
        (chances.greeting, lambda text: f"{chance.choice(_GREETINGS)} {text}"),
        (chances.no_end, lambda text: text.rstrip(".!? ")),
        (chances.typo, lambda text: mistype(text, chance)),
        (chances.lower, str.lower),
        (chances.shout, str.upper),
    ):
        if chance.random() < likely:
            changed = change(changed)
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
