"""How neutral the name is that the model reads in place of a brand's terms, beside other candidates.

    python bench/stand_in.py

Each candidate fills the gaps of the same posts; its figure is how far the answers' log-probabilities
(sentiment, urgency, anger) then lie, on the mean, from their mean over the invented names, itself left out.
Prints one JSON line; the ratio is that of "@user", what handles become, to the name in use.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
import numpy.typing as npt

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from sentiment.classifier import Classifier
from sentiment.terms import STAND_IN

POSTS = (
    "Ich spiele {} seit zwei Wochen und liebe es",
    "Wann kommt {} für die Konsole?",
    "{} stürzt bei mir nach jedem Update ab, mein Geld will ich zurück!",
    "Mein {} ist nach drei Tagen kaputt, wer hilft mir?",
    "Gestern {} live gesehen, was für ein Abend 😍",
    "Seit dem neuen {} komme ich nicht mehr in mein Konto, bitte helft mir",
    "{} ist einfach nur langweilig, schade um die Zeit",
    "Habt ihr {} auch in Größe 42?",
    "I have been playing {} all weekend and love it",
    "When does {} come to the new console?",
    "{} keeps crashing after the update, I want my money back!",
    "My {} fell apart after three days, who can help?",
    "Saw {} live last night, what a show 😍",
    "Since the new {} I am locked out of my account, please help",
    "{} is just boring, what a waste of time",
    "Do you have {} in size 9?",
)
NAMES = (
    *(
        "Velora",
        "Nimbus",
        "Astra",
        "Skylark",
        "Bluebird",
        "Kestrel",
        "Marlin",
        "Waldlauf",
        "Meridian",
        "Orchid",
    ),
    *("Tamarind", "Lumora", "Atlas", "Talvin", "Zenora", "Orlana", "Kelvora", "Varino", "Solano", "Torvex"),
)
OTHERS = ("@user", "http", "[UNK]", "XY", "XYZ", "Marke", "Produkt", "Spiel", "es", "it", "product", "…", "")
HEADS = ("sentiment", "urgency", "angry")


def main() -> None:
    model = Classifier.load(threads=2)
    answers = {word: _answers(word, model) for word in (*NAMES, *OTHERS)}
    found = {word: _distance(word, answers) for word in answers}
    ranked = dict(sorted(found.items(), key=lambda pair: pair[1]))
    ratio = round(found["@user"] / found[STAND_IN], 1)
    rank = list(ranked).index(STAND_IN) + 1
    print(json.dumps({"figure": "stand_in", "in_use": STAND_IN, "rank": rank, "ratio": ratio, **ranked}))


def _answers(word: str, model: Classifier) -> npt.NDArray[np.float64]:
    texts = [post.replace("{}", word) for post in POSTS]
    verdicts = model.classify(texts, ["de"] * len(texts))
    shares = [[share for head in HEADS for share in v.probabilities[head].values()] for v in verdicts]
    return np.log(np.clip(shares, 1e-4, 1.0))


def _distance(word: str, answers: dict[str, npt.NDArray[np.float64]]) -> float:
    usual = np.mean([answers[name] for name in NAMES if name != word], axis=0)
    return round(float(np.abs(answers[word] - usual).mean()), 3)


if __name__ == "__main__":
    main()
