"""JSON, one object a line or all in one array, without holding more than one object."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any, TextIO

from listeners.importing.lines import LONGEST_LINE, SHOWN, Broken, Row, flatten, lines

_CHUNK = 2**18
_BETWEEN = re.compile(r"[\s,\ufeff]*")


def line_rows(text: TextIO) -> Iterator[Row | Broken]:
    """Read JSONL: one object a line."""
    for number, line in enumerate(lines(text), 1):
        if line is None:
            yield Broken(number, f"The line has more than {LONGEST_LINE:,} characters.", "")
        elif line.strip():
            try:
                yield _row(number, json.loads(line.lstrip("\ufeff")), line)
            except (ValueError, RecursionError) as fault:
                yield Broken(number, f"This is not JSON: {fault}", line[:SHOWN])


def array_rows(text: TextIO) -> Iterator[Row | Broken]:
    """Read an array of objects, or objects that simply follow each other; `line` counts the items."""
    decoder = json.JSONDecoder()
    buffer = text.read(_CHUNK)
    position = len(buffer) - len(buffer.lstrip("\ufeff \t\r\n["))
    number, wanted = 1, _CHUNK
    while True:
        between = _BETWEEN.match(buffer, position)
        position = between.end() if between else position
        if buffer[position : position + 1] == "]":
            return
        try:
            item, end = decoder.raw_decode(buffer, position)
        except (ValueError, RecursionError) as fault:
            more = text.read(wanted) if len(buffer) - position < LONGEST_LINE else ""
            if not more:
                if buffer[position:].strip():
                    reason = f"From here on this is not JSON: {fault}"
                    yield Broken(number, reason, buffer[position : position + SHOWN])
                return
            buffer, position, wanted = buffer[position:] + more, 0, wanted * 2
            continue
        yield _row(number, item, buffer[position : position + SHOWN])
        number, position, wanted = number + 1, end, _CHUNK


def _row(number: int, item: Any, raw: str) -> Row | Broken:
    if isinstance(item, dict):
        return Row(number, flatten(item))
    return Broken(number, f"This is a {type(item).__name__}, not an object.", raw[:SHOWN])
