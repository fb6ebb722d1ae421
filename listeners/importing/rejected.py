"""The file beside an imported one that holds the rows which could not be used."""

from __future__ import annotations

from pathlib import Path
from types import TracebackType
from typing import Any, TextIO

from listeners.exceptions import InputError
from listeners.importing.rows import as_payload


class RejectedFile:
    """`<file>.rejected.jsonl`, made at the first reject; one of an earlier import is replaced."""

    def __init__(self, imported: Path) -> None:
        self.path = imported.with_name(imported.name + ".rejected.jsonl")
        self._file: TextIO | None = None

    def __enter__(self) -> RejectedFile:
        return self

    def add(self, line: int, reason: str, row: Any) -> None:
        """Write one reject; raises InputError where that is not possible."""
        try:
            if self._file is None:
                self._file = self.path.open("w", encoding="utf-8", errors="replace")
            self._file.write(as_payload({"line": line, "reason": reason, "row": row}) + "\n")
        except OSError as fault:
            raise InputError(
                f"{self.path} cannot be written ({fault.strerror}); copy the file to a folder of your own."
            ) from fault

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._file is not None:
            self._file.close()
