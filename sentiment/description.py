"""The file `model.json` beside the weights: what the model is, and how to read its outputs."""

from __future__ import annotations

import hashlib
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from sentiment.exceptions import ModelError
from sentiment.labels import HEADS

WEIGHTS = "model.onnx"
TOKENIZER = "tokenizer.json"
DESCRIPTION = "model.json"


class Head(BaseModel):
    """One head's labels in the order of the outputs, and its temperature.

    Other keys are passed over: models made before levels were chosen by cost carry thresholds.
    """

    model_config = ConfigDict(extra="ignore", frozen=True)

    labels: tuple[str, ...]
    temperature: float = Field(gt=0)


class Description(BaseModel):
    """What a model is; `sha256` is of the weights and names the model in every verdict."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    version: str
    sha256: str
    max_tokens: int = Field(ge=16)
    heads: dict[str, Head]
    training: dict[str, object] = {}


def read_description(folder: Path) -> Description:
    """Return the description of the model in `folder`; raises ModelError where it cannot be trusted."""
    path = folder / DESCRIPTION
    try:
        found = Description.model_validate_json(path.read_bytes())
    except FileNotFoundError as error:
        raise ModelError(
            f"{path}: there is no model; make one with `kulanz train` or name its folder."
        ) from error
    except ValidationError as error:
        raise ModelError(f"{path}: {error.errors()[0]['msg']}; make it anew with `kulanz train`.") from error
    if {name: head.labels for name, head in found.heads.items()} != HEADS:
        raise ModelError(
            f"{path}: the heads or labels are not this program's; make a model with `kulanz train`."
        )
    if sha256(folder / WEIGHTS) != found.sha256:
        raise ModelError(f"{folder / WEIGHTS}: is damaged or not the file that {path.name} describes.")
    return found


def sha256(path: Path) -> str:
    """Return the hexadecimal SHA-256 of a file; raises ModelError where it is missing."""
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError as error:
        raise ModelError(f"{path}: cannot be read: {error.strerror}.") from error
