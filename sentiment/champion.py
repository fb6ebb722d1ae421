"""Which model is in force, and how one takes another's place.

Beside the shipped weights, which nobody changes, `var/model` holds up to two models, each in a folder named
by its content, and `champion.json`, which names the one in force and the one before ("" is the shipped one).
That file alone decides and is replaced in one step, so a process killed at any line leaves a model in force.
"""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from config.environment import environment
from sentiment.classifier import SHIPPED
from sentiment.description import DESCRIPTION, TOKENIZER, WEIGHTS, read_description
from sentiment.exceptions import ModelError

_FILES = (WEIGHTS, TOKENIZER, DESCRIPTION)
_NAME = "^([0-9a-f]{16})?$"


class _Crown(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    champion: str = Field(default="", pattern=_NAME)
    before: str = Field(default="", pattern=_NAME)


def in_service() -> str:
    """Return the name of the model that judges: KULANZ_MODEL, else the champion, else the shipped one.

    Raises ModelError where the file that names the champion is damaged.
    """
    chosen = environment().model
    return str(chosen or champion())


def champion() -> Path:
    """Return the folder of the champion, the shipped one where no other was ever promoted."""
    return _folder(_crown().champion)


def before() -> Path:
    """Return the folder of the model that was champion before."""
    return _folder(_crown().before)


def crown(challenger: Path) -> Path:
    """Make a copy of the model in `challenger` the champion; returns its folder.

    The champion until now is kept, the one before it goes. Raises ModelError where the copy is not whole.
    """
    name, old = content_of(challenger), _crown().champion
    folder = _place() / name
    if not folder.exists():
        _copy(challenger, folder)
    read_description(folder)
    _write(_Crown(champion=name, before=old))
    for other in _place().iterdir():
        if other.is_dir() and other.name not in (name, old):
            shutil.rmtree(other)
    return folder


def bring_back() -> Path | None:
    """Let the champion and the one before change places; None where no model was ever promoted."""
    now = _crown()
    if now.champion == now.before:
        return None
    read_description(_folder(now.before))
    _write(_Crown(champion=now.before, before=now.champion))
    return champion()


def content_of(folder: Path) -> str:
    """Return the name of a model by its files; raises ModelError where one is missing."""
    try:
        content = b"".join(hashlib.sha256((folder / name).read_bytes()).digest() for name in _FILES)
    except OSError as error:
        raise ModelError(f"{error.filename}: cannot be read: {error.strerror}.") from error
    return hashlib.sha256(content).hexdigest()[:16]


def _place() -> Path:
    place: Path = environment().var / "model"
    return place


def _folder(name: str) -> Path:
    return _place() / name if name else SHIPPED


def _file() -> Path:
    return _place() / "champion.json"


def _crown() -> _Crown:
    try:
        return _Crown.model_validate_json(_file().read_bytes())
    except FileNotFoundError:
        return _Crown()
    except ValidationError:
        raise ModelError(f"{_file()}: is damaged; remove it, and the shipped model judges again.") from None


def _write(crown: _Crown) -> None:
    half = _file().with_suffix(".half")
    half.write_text(crown.model_dump_json() + "\n", encoding="utf-8")
    half.replace(_file())


def _copy(source: Path, target: Path) -> None:
    half = target.with_suffix(".half")
    shutil.rmtree(half, ignore_errors=True)
    half.mkdir(parents=True)
    for name in _FILES:
        shutil.copyfile(source / name, half / name)
    half.rename(target)
