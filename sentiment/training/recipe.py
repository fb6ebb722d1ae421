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
    """Which texts the word pieces are learned from; `texts` holds (file, column, most rows)."""

    size: int = Field(ge=300)
    min_count: int = Field(ge=1)
    texts: tuple[tuple[str, str, int], ...]


class Schedule(_Part):
    """What distillation and fine-tuning share: batch limits and learning rates."""

    batch_tokens: int = Field(gt=0)
    batch_posts: int = Field(gt=0)
    max_tokens: int = Field(ge=8, le=512)
    learning_rate: float = Field(gt=0)
    embedding_rate: float = Field(gt=0)
    warmup: float = Field(ge=0, lt=1)


class Distil(Schedule):
    """How German is taught: `sentences` caps the run, `passes` weighs the kinds of pairs."""

    sentences: int = Field(ge=0)
    contrast: float = Field(ge=0, le=1)
    passes: dict[str, float]


class Augment(_Part):
    """Chances of harmless edits to a training post."""

    umlaut: float = 0.0
    lower: float = 0.0
    typo: float = 0.0
    no_handle: float = 0.0
    no_end: float = 0.0


class Finetune(Schedule):
    """How the heads are taught; `passes` weighs the files, `head_weight` the questions.

    `assumed` gives the posts of a file without labels the answers that nearly all of them would get.
    """

    epochs: int = Field(gt=0)
    average: float = Field(ge=0, lt=1)
    smoothing: float = Field(ge=0, lt=1)
    dropout: float = Field(ge=0, lt=1)
    balance: float = Field(ge=0, le=1)
    passes: dict[str, float]
    assumed: dict[str, dict[str, str]] = {}
    head_weight: dict[str, float]
    augment: Augment


class Polish(Finetune):
    """A last round; the model that is shipped lies `blend` of the way from before it to after it."""

    blend: float = Field(ge=0, le=1)


class Recipe(_Part):
    """One training run from beginning to end."""

    name: str
    version: str
    seed: int
    threads: int = Field(gt=0)
    bf16: Literal["auto", "on", "off"]
    vocabulary: Vocabulary
    distil: Distil
    finetune: Finetune
    polish: Polish


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
