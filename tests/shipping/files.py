"""The files that ship Kulanz, read as data."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

ROOT = Path(__file__).resolve().parents[2]
COMPOSE = ROOT / "docker-compose.yml"
DOCKERFILE = ROOT / "Dockerfile"
CADDYFILE = ROOT / "shipping" / "Caddyfile"
SCRIPTS = sorted((ROOT / "shipping").glob("*.sh"))


@cache
def compose() -> dict[str, Any]:
    """Return the compose file with its anchors merged."""
    read: dict[str, Any] = YAML(typ="safe").load(COMPOSE)
    return read


def services() -> dict[str, dict[str, Any]]:
    """Return the services by name."""
    found: dict[str, dict[str, Any]] = compose()["services"]
    return found


def is_ours(service: dict[str, Any]) -> bool:
    """Tell whether a service runs our image, with `kulanz` as its program."""
    return str(service["image"]).startswith("kulanz:")


def is_once(service: dict[str, Any]) -> bool:
    """Tell whether a service ends by itself."""
    return str(service["restart"]).startswith("on-failure")


def stage(name: str) -> str:
    """Return the part of the Dockerfile that makes one stage."""
    parts = DOCKERFILE.read_text().split("\nFROM ")
    return next(part for part in parts if part.splitlines()[0].endswith(f" AS {name}"))
