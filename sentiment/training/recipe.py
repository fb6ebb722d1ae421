"""The recipe of a training run, read from one TOML file and checked before anything starts."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from sentiment.exceptions import RecipeError

SHIPPED = Path(__file__).parent.parent / "recipe.toml"


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Vocabulary(_Part):
    """Which of the backbone's pieces stay; `texts` holds (file, column, how much each text counts)."""

    size: int = Field(ge=300)
    texts: tuple[tuple[str, str, int], ...]


class Schedule(_Part):
    """What all lessons share: length, batch limits, learning rate, and how often each file is shown.

    In `passes` a file named below 1 has a share drawn anew each epoch.
    """

    epochs: int = Field(gt=0)
    batch_tokens: int = Field(gt=0)
    batch_posts: int = Field(gt=0)
    max_tokens: int = Field(ge=8, le=512)
    learning_rate: float = Field(gt=0)
    keep: float = Field(gt=0, le=1)
    """A layer's learning rate as a share of that of the layer above it."""
    warmup: float = Field(ge=0, lt=1)
    average: float = Field(ge=0, lt=1)
    """Decay of the running mean of weights that a lesson leaves."""
    passes: dict[str, float]


class Augment(_Part):
    """Chances of harmless edits to a training post."""

    umlaut: float = 0.0
    lower: float = 0.0
    shout: float = 0.0
    typo: float = 0.0
    no_handle: float = 0.0
    no_end: float = 0.0
    no_sign: float = 0.0
    greeting: float = 0.0


class Heads(Schedule):
    """How the heads are taught; `head_weight` weighs the questions.

    `assumed` gives the posts of a file without labels the answers that nearly all of them would get.
    """

    smoothing: float = Field(ge=0, lt=1)
    dropout: float = Field(ge=0, lt=1)
    balance: float = Field(ge=0, le=1)
    """0 leaves rare classes as they are, 1 makes all classes weigh the same."""
    ordinal: float = Field(ge=0)
    """Weight of the squared distance between the expected and the true urgency."""
    assumed: dict[str, dict[str, str]] = {}
    head_weight: dict[str, float]
    augment: Augment


class Pupil(Heads):
    """How the small model learns from the big one: which of its `layers` it keeps, how soft the answers are.

    `soft` weighs the teacher's answers, `alike` its vectors, against the labels (weight 1).
    """

    layers: tuple[int, ...]
    heat: float = Field(gt=0)
    soft: float = Field(ge=0)
    alike: float = Field(ge=0)


class Finish(Heads):
    """A last round; what is shipped lies `blend` of the way from the weights before it to those after it."""

    blend: float = Field(gt=0, le=1)


class Recipe(_Part):
    """One training run from beginning to end."""

    name: str
    version: str
    seed: int
    threads: int = Field(gt=0)
    bf16: Literal["auto", "on", "off"]
    labels: dict[str, str]
    """Files of labels without texts, and the files whose texts they are about."""
    calibrate: tuple[str, ...]
    """Files whose held-back posts set the temperatures: real posts only, for invented ones are easier."""
    vocabulary: Vocabulary
    teach: Heads
    pupil: Pupil
    finish: Finish


def read_recipe(path: Path) -> Recipe:
    """Return the recipe in `path`; raises RecipeError naming file and key."""
    try:
        return Recipe.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except tomllib.TOMLDecodeError as error:
        raise RecipeError(f"{path}: {error}") from error
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"])
        raise RecipeError(f"{path}: {key}: {first['msg']}") from error
