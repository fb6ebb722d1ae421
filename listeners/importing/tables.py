"""CSV with any usual delimiter."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from typing import TextIO

from listeners.importing.lines import LONGEST_LINE, SHOWN, Broken, Row, lines

DELIMITERS = ",;\t|"
MOST_COLUMNS = 20_000


def best_delimiter(start: str) -> str:
    """Return the delimiter with which most of the first rows have as many cells as the header.

    `csv.Sniffer` counts characters and is misled by the commas of free text.
    """
    return max(DELIMITERS, key=lambda delimiter: _fit(start, delimiter))


def _fit(start: str, delimiter: str) -> tuple[float, int]:
    csv.field_size_limit(LONGEST_LINE)
    rows: list[list[str]] = []
    try:
        for row in csv.reader(io.StringIO(start, newline=""), delimiter=delimiter):
            rows.append(row)
            if len(rows) == 50:
                break
    except csv.Error:
        pass
    width = len(rows[0]) if rows else 0
    if width < 2:
        return 0.0, 0
    full = [row for row in rows[1:-1] or rows[:1] if row]
    return round(sum(len(row) == width for row in full) / max(len(full), 1), 1), width


def table_rows(text: TextIO, delimiter: str) -> Iterator[Row | Broken]:
    """Read a table whose first row names the columns."""
    csv.field_size_limit(LONGEST_LINE)
    too_long: list[int] = []
    reader = csv.reader(_counted(text, too_long), delimiter=delimiter)
    header = [name.strip().lstrip("\ufeff") for name in next(reader, [])][:MOST_COLUMNS]
    while True:
        line = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            break
        except csv.Error as fault:
            yield Broken(line, f"This is not CSV: {fault}", "")
            continue
        if too_long:
            too_long.clear()
            yield Broken(line, f"A line has more than {LONGEST_LINE:,} characters.", "")
        elif any(cell.strip() for cell in cells):
            yield _row(line, header, cells, delimiter)


def _counted(text: TextIO, too_long: list[int]) -> Iterator[str]:
    for number, line in enumerate(lines(text), 1):
        if line is None:
            too_long.append(number)
        yield "\n" if line is None else line


def _row(line: int, header: list[str], cells: list[str], delimiter: str) -> Row | Broken:
    if any(cell.strip() for cell in cells[len(header) :]):
        reason = f"It has {len(cells)} cells where the header has {len(header)}; quote cells that hold it."
        return Broken(line, reason, delimiter.join(cells)[:SHOWN])
    return Row(line, dict(zip(header, cells, strict=False)))
