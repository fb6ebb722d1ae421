from __future__ import annotations

from pathlib import Path

import pytest

from sentiment.backends.label_map import label_map
from sentiment.exceptions import ModelError

STARS = ("1 star", "2 stars", "3 stars", "4 stars", "5 stars")


@pytest.mark.parametrize(
    ("labels", "answers"),
    [
        (("negative", "neutral", "positive"), ["negative", "neutral", "positive"]),
        (("POS", "NEU", "NEG"), ["positive", "neutral", "negative"]),
        (("NEGATIVE", "POSITIVE"), ["negative", "positive"]),
        (("Very_Negative", "Negativ", "Positiv"), ["negative", "negative", "positive"]),
        (STARS, ["negative", "negative", "neutral", "positive", "positive"]),
    ],
)
def test_well_known_spellings_need_no_file(labels: tuple[str, ...], answers: list[str]) -> None:
    assert label_map(labels, None) == {"sentiment": dict(zip(labels, answers, strict=True))}


@pytest.mark.parametrize("labels", [("LABEL_0", "LABEL_1"), ("joy", "negative"), ("positive",)])
def test_labels_that_nobody_knows_are_told_with_the_file_to_write(labels: tuple[str, ...]) -> None:
    with pytest.raises(ModelError, match="KULANZ_LABELS") as raised:
        label_map(labels, None)
    assert "[sentiment]" in str(raised.value)
    assert all(f'"{label}" = ' in str(raised.value) for label in labels)


def test_a_file_may_give_labels_to_several_heads(tmp_path: Path) -> None:
    file = tmp_path / "labels.toml"
    file.write_text('[sentiment]\njoy = "positive"\nfury = "negative"\n[angry]\njoy = "0"\nfury = "1"\n')
    assert label_map(("fury", "joy"), file) == {
        "sentiment": {"joy": "positive", "fury": "negative"},
        "angry": {"joy": "0", "fury": "1"},
    }


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (None, "cannot be read"),
        ("[sentiment", "cannot be read as TOML"),
        ('LABEL_0 = "negative"\n', "'LABEL_0' is none of the tables"),
        ('[mood]\nLABEL_0 = "negative"\n', r"'mood' is none of the tables .*\[sentiment\]"),
        (
            '[sentiment]\nLABEL_7 = "negative"\n',
            "'LABEL_7' is no label of the model; it has LABEL_0, LABEL_1",
        ),
        ('[sentiment]\nLABEL_0 = "bad"\n', "'LABEL_0' = 'bad' must be of negative, neutral, positive"),
        ("[sentiment]\nLABEL_0 = [1]\n", "must be of negative"),
        ('[sentiment]\nLABEL_0 = "neutral"\nLABEL_1 = "neutral"\n', "two answers or more"),
        ('[angry]\nLABEL_0 = "0"\nLABEL_1 = "1"\n', "says nothing about the model's labels LABEL_2"),
        ("", "says nothing about the model's labels LABEL_0, LABEL_1, LABEL_2"),
    ],
)
def test_a_wrong_file_is_told_by_name_and_place(tmp_path: Path, content: str | None, fault: str) -> None:
    file = tmp_path / "labels.toml"
    if content is not None:
        file.write_text(content)
    with pytest.raises(ModelError, match=fault) as raised:
        label_map(("LABEL_0", "LABEL_1", "LABEL_2"), file)
    assert str(file) in str(raised.value)
