from __future__ import annotations

import gzip
from pathlib import Path

from sentiment.card import TRIALS, card
from sentiment.classifier import Classifier

HEADER = "text,lang,label,sentiment,urgency,angry,intent,relevance"
ROWS = (
    "Danke euch!,de,positive,positive,0,0,thanks,True",
    "Your support is a joke,en,negative,negative,2,1,problem,True",
    "Wann öffnet ihr?,de,neutral,neutral,1,0,question,True",
    "Bahn frei!,de,neutral,neutral,0,0,other,False",
)


def test_the_card_tells_data_scores_and_failures(model: Classifier, tmp_path: Path) -> None:
    for name in {trial.file for trial in TRIALS}:
        with gzip.open(tmp_path / f"{name}.csv.gz", "wt", encoding="utf-8") as file:
            file.write("\n".join([HEADER, *ROWS]))
    written = card(model, tmp_path)
    assert model.description.sha256 in written
    for heading in ("## Intended use", "## Data", "## Scores", "## By class", "## Known failures"):
        assert heading in written
    assert "| bahn_posts | 3 | sentiment | macro f1 |" in written
    assert "large language model" in written
