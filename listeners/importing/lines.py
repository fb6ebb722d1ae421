"""Rows of a file, and its lines with a limit on their length."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TextIO

LONGEST_LINE = 16 * 2**20
"""Characters of a line or a cell; longer ones are refused."""
SHOWN = 2_000
"""Characters of a refused row that are kept."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row that could be read; `line` is where it begins (in a JSON array: which item it is)."""

    line: int
    cells: Mapping[str, Any]

    @property
    def characters(self) -> int:
        """Roughly how much text it holds."""
        return sum(len(cell) for cell in self.cells.values() if isinstance(cell, str))


@dataclass(frozen=True, slots=True)
class Broken:
    """One row that could not be read, and why; `raw` is the beginning of it."""

    line: int
    reason: str
    raw: str

    @property
    def characters(self) -> int:
        """Roughly how much text it holds."""
        return len(self.raw)


def lines(text: TextIO) -> Iterator[str | None]:
    """Yield the lines; None stands for one that is too long."""
    while line := text.readline(LONGEST_LINE):
        if len(line) < LONGEST_LINE or line.endswith("\n"):
            yield line
            continue
        while line and not line.endswith("\n"):
            line = text.readline(LONGEST_LINE)
        yield None


def flatten(item: Mapping[str, Any], *, prefix: str = "", depth: int = 3) -> dict[str, Any]:
    """Turn `{"author": {"id": 7}}` into `{"author.id": 7}`, three levels deep."""
    flat: dict[str, Any] = {}
    for name, value in item.items():
        if isinstance(value, dict) and depth > 1:
            flat |= flatten(value, prefix=f"{prefix}{name}.", depth=depth - 1)
        else:
            flat[f"{prefix}{name}"] = value
    return flat
