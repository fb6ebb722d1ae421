"""Files of any usual kind as a stream of rows."""

from __future__ import annotations

import gzip
import io
import itertools
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, TextIO, cast

import zstandard
from charset_normalizer import from_bytes

from listeners.exceptions import InputError
from listeners.importing.json_rows import array_rows, line_rows
from listeners.importing.lines import Broken, Row
from listeners.importing.tables import best_delimiter, table_rows

HEAD = 2**18
"""Bytes from which the kind and the encoding are told."""
_GZIP, _ZSTD = b"\x1f\x8b", b"\x28\xb5\x2f\xfd"
_LARGEST_WINDOW = 2**27
_BOMS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
_LIKELY = ["cp1252", "cp850", "mac_roman"]


@dataclass(slots=True)
class Opened:
    """A file that is being read: `done` of its `size` bytes so far, packed as they lie on disk."""

    path: Path
    kind: str
    encoding: str
    size: int
    rows: Iterator[Row | Broken]
    _raw: IO[bytes]
    _text: TextIO

    @property
    def done(self) -> int:
        """Bytes of the file that have been read."""
        return self._raw.tell()

    def close(self) -> None:
        """Close the file."""
        self._text.close()
        self._raw.close()


def open_rows(path: Path) -> Opened:
    """Open a CSV, JSONL or JSON file, also gzip or zstd, whatever its name says.

    Raises InputError for what is no such file.
    """
    raw = _open(path)
    try:
        unpacked = _unpacked(raw)
        head = unpacked.peek(HEAD)[:HEAD]
        encoding = _encoding(head)
        if encoding != "utf-16" and _is_binary(head):
            raise InputError(f"{path} is not a text file; export it as CSV or JSON, encoded as UTF-8.")
        start = head.decode(encoding, errors="replace").lstrip("\ufeff \t\r\n")
        if not start:
            raise InputError(f"{path} is empty; there is nothing to import.")
        # Row ends stay as they are: the CSV reader needs those inside quotes.
        text = io.TextIOWrapper(cast("IO[bytes]", unpacked), encoding, errors="replace", newline="")
    except (OSError, EOFError, zlib.error, zstandard.ZstdError) as fault:
        raw.close()
        raise InputError(f"{path} cannot be unpacked: {fault}.") from fault
    except InputError:
        raw.close()
        raise
    kind, rows = _rows(text, start)
    return Opened(path, kind, encoding, path.stat().st_size, _guarded(rows, path), raw, text)


def _open(path: Path) -> IO[bytes]:
    if path.is_dir():
        raise InputError(f"{path} is a folder; name the files in it.")
    try:
        return path.open("rb")
    except OSError as fault:
        raise InputError(f"{path} cannot be opened: {fault.strerror}.") from fault


def _unpacked(raw: IO[bytes]) -> io.BufferedReader:
    magic = raw.read(4)
    raw.seek(0)
    stream: Any = raw
    if magic.startswith(_GZIP):
        stream = gzip.GzipFile(fileobj=raw)
    elif magic == _ZSTD:
        unpacker = zstandard.ZstdDecompressor(max_window_size=_LARGEST_WINDOW)
        stream = unpacker.stream_reader(raw, read_across_frames=True)
    return io.BufferedReader(stream, buffer_size=HEAD)


def _encoding(head: bytes) -> str:
    """Tell the encoding: by its mark, else UTF-8 if it fits, else the likeliest of the old ones."""
    for mark, name in _BOMS:
        if head.startswith(mark):
            return name
    odd = head.decode("utf-8", errors="replace").rstrip("\ufffd").count("\ufffd")
    if odd == 0 or b"\x00" in head:
        return "utf-8"
    if odd < sum(byte > 127 for byte in head) / 10:
        return "utf-8"
    best = from_bytes(head, cp_isolation=_LIKELY).best()
    return best.encoding if best else "cp1252"


def _is_binary(head: bytes) -> bool:
    strange = sum(byte < 32 and byte not in b"\t\n\r\x1b" for byte in head)
    return strange > max(4, len(head) / 50)


def _rows(text: TextIO, start: str) -> tuple[str, Iterator[Row | Broken]]:
    if start.startswith("["):
        return "JSON array", array_rows(text)
    if start.startswith("{"):
        first, end, _ = start.partition("\n")
        if end and not first.rstrip().endswith("}"):
            return "JSON objects", array_rows(text)
        return "JSONL", line_rows(text)
    delimiter = best_delimiter(start)
    name = {"\t": "tab", " ": "space"}.get(delimiter, delimiter)
    return f"CSV separated by {name}", table_rows(text, delimiter)


def _guarded(rows: Iterator[Row | Broken], path: Path) -> Iterator[Row | Broken]:
    """End with one broken row where a packed file is cut short or damaged."""
    last = 0
    try:
        for row in rows:
            last = row.line
            yield row
    except (OSError, EOFError, zlib.error, zstandard.ZstdError) as fault:
        yield Broken(last + 1, f"From here on {path.name} cannot be unpacked: {fault}", "")


def peek(rows: Iterator[Row | Broken]) -> tuple[list[Row], Iterator[Row | Broken]]:
    """Look at the first rows, a few hundred or four million characters; returns them, and all rows again."""
    seen: list[Row | Broken] = []
    characters = 0
    for row in rows:
        seen.append(row)
        characters += row.characters
        if len(seen) == 300 or characters > 4_000_000:
            break
    return [row for row in seen if isinstance(row, Row)], itertools.chain(seen, rows)
