"""Client libraries that only some installations need."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from listeners.exceptions import InputError


def load(module: str, *, extra: str) -> Any:
    """Import one of our modules that needs an extra; raises InputError saying how to install it."""
    try:
        return import_module(module)
    except ModuleNotFoundError as error:
        raise InputError(
            f"This network needs the package {error.name}; install it: pip install 'kulanz[{extra}]'"
        ) from error
