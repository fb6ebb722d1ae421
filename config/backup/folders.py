"""Which files belong into a backup besides the database, and where each of them is at home."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from config.environment import environment

_NOT_KEPT = (".lock", ".new", ".half", ".tmp")
BRANDS = "brands"


@dataclass(frozen=True, slots=True)
class Folder:
    """One part of the archive and its place on this machine."""

    part: str
    place: Path
    pattern: str = ""
    """The end of the names that belong to it; empty takes all."""

    def files(self) -> Iterator[tuple[str, Path]]:
        """Yield names within the part, and where each file is; names are not held in memory."""
        for folder, _, names in os.walk(self.place):
            for name in names:
                path = Path(folder, name)
                is_kept = name.endswith(self.pattern) and not name.endswith(_NOT_KEPT)
                if is_kept and path.is_file() and not path.is_symlink():
                    yield path.relative_to(self.place).as_posix(), path

    def is_empty(self) -> bool:
        """Tell whether it holds nothing that a restore would hide."""
        return next(self.files(), None) is None


def folders() -> tuple[Folder, ...]:
    """Return the folders under `KULANZ_VAR`: log-ins of sources, promoted models, photos."""
    var = environment().var
    return (
        Folder("secrets", var / "secrets"),
        Folder("model", var / "model"),
        Folder("media", var / "media"),
    )


def brands() -> Folder:
    """Return the brand files, which are yours and perhaps under version control."""
    return Folder(BRANDS, environment().brands, pattern=".yaml")
