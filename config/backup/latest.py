"""Which backup was the last one, for the health page."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from config.environment import environment


class Latest(BaseModel):
    """The last backup that became whole."""

    model_config = ConfigDict(frozen=True)

    name: str
    at: datetime


def latest() -> Latest | None:
    """Return the last backup, None where there was none or its note cannot be read."""
    try:
        return Latest.model_validate_json(_file().read_bytes())
    except (OSError, ValidationError):
        return None


def note(name: str, *, at: datetime) -> None:
    """Keep that a backup is whole."""
    half = _file().with_suffix(".half")
    half.write_text(Latest(name=name, at=at).model_dump_json(), encoding="utf-8")
    half.replace(_file())


def _file() -> Path:
    path: Path = environment().var / "last-backup.json"
    return path
