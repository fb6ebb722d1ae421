"""A stranger who installs Kulanz alone has no library of an extra."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from importlib.metadata import PackageNotFoundError, packages_distributions, requires
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

PROJECT = tomllib.loads((Path(__file__).resolve().parents[2] / "pyproject.toml").read_text())["project"]
LOAD_EVERYTHING = """
import sys
class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in ABSENT:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
sys.meta_path.insert(0, Absent())
import os
os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
import django
django.setup()
import config.pipeline, config.urls
from django.core.management import get_commands, load_command_class
from config.command import ROOMS
for name, app in get_commands().items():
    if app in ROOMS:
        load_command_class(app, name)
"""


def installed_with(names: list[str]) -> set[str]:
    """Return distributions and all that they require on this machine."""
    found: set[str] = set()
    waiting = [(Requirement(name), "") for name in names]
    while waiting:
        requirement, extra = waiting.pop()
        if requirement.marker and not requirement.marker.evaluate({"extra": extra}):
            continue
        name = canonicalize_name(requirement.name)
        extras = {"", *requirement.extras}
        new = {f"{name}[{one}]" for one in extras} - found
        found |= new | {name}
        try:
            needed = requires(name) or []
        except PackageNotFoundError:
            continue
        waiting += [(Requirement(text), re.findall(r"\[(.*)\]", one)[0]) for one in new for text in needed]
    return found


def test_pipeline_pages_and_commands_load_without_any_extra() -> None:
    ours = installed_with(PROJECT["dependencies"])
    absent = {
        module
        for module, distributions in packages_distributions().items()
        if not {canonicalize_name(name) for name in distributions} & (ours | {"kulanz"})
    }
    script = f"ABSENT = {sorted(absent)!r}\n{LOAD_EVERYTHING}"
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
