"""Where the library that draws charts lies: Chart.js, as the package django-unfold ships it."""

from __future__ import annotations

from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

PREFIX = f"chart-{version('django-unfold')}"
"""Part of its address that changes with it, so that browsers may keep it for ever."""
SCRIPT = f"{PREFIX}/chart.js"


def folder() -> Path:
    """Return the folder with the script.

    Raises ModuleNotFoundError where the package is missing.
    """
    found = find_spec("unfold")
    if found is None or found.origin is None:
        raise ModuleNotFoundError("django-unfold, which ships Chart.js, is missing; install Kulanz anew.")
    return Path(found.origin).parent / "static" / "unfold" / "js" / "chart"
