"""Reads the folder of brand files; every mistake is reported with its file, key and line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.error import MarkedYAMLError

from config.brand import Brand
from config.environment import environment


class BrandFault(Exception):
    """Raised for a brand file that cannot be used; one line of text a mistake."""


class UnknownBrand(BrandFault):
    """Raised for a slug that no file bears."""


def _line(document: Any, path: Sequence[int | str]) -> int:
    line = 0
    for key in path:
        if isinstance(document, CommentedMap) and key in document:
            line = document.lc.key(key)[0]
        elif isinstance(document, CommentedSeq) and isinstance(key, int) and key < len(document):
            line = document.lc.item(key)[0]
        else:
            break
        document = document[key]
    return line + 1


def read_brand(path: Path) -> Brand:
    """Read one brand file.

    Raises BrandFault naming file, line, key and what is wrong with it.
    """
    try:
        document = YAML().load(path.read_text(encoding="utf-8"))
    except MarkedYAMLError as fault:
        line = fault.problem_mark.line + 1 if fault.problem_mark else 1
        raise BrandFault(f"{path.name}, line {line}: this is not YAML: {fault.problem}") from None
    except UnicodeDecodeError:
        raise BrandFault(f"{path.name}: save the file as UTF-8") from None
    if not isinstance(document, Mapping):
        raise BrandFault(f"{path.name}, line 1: expected keys such as `name:` and `hours:`")
    try:
        return Brand.model_validate({**document, "slug": path.stem})
    except ValidationError as fault:
        raise BrandFault(
            "\n".join(
                f"{path.name}, line {_line(document, e['loc'])}: {'.'.join(map(str, e['loc']))}: {e['msg']}"
                for e in fault.errors()
            )
        ) from None


def read_brands(folder: Path) -> dict[str, Brand]:
    """Read every `*.yaml` of the folder, by slug.

    Raises BrandFault with the mistakes of all files together, or if there is no file.
    """
    brands: dict[str, Brand] = {}
    mistakes = []
    for path in sorted(folder.glob("*.yaml")):
        try:
            brands[path.stem] = read_brand(path)
        except BrandFault as fault:
            mistakes.append(str(fault))
    if mistakes:
        raise BrandFault("\n".join(mistakes))
    if not brands:
        raise BrandFault(f"{folder} holds no brand file: copy zehnschritt.yaml there and change it")
    return brands


@cache
def all_brands() -> Mapping[str, Brand]:
    """Return the brands of this installation; files are read once a process."""
    return read_brands(environment().brands)


def brand(slug: str) -> Brand:
    """Return one brand.

    Raises UnknownBrand listing those that exist.
    """
    try:
        return all_brands()[slug]
    except KeyError:
        raise UnknownBrand(
            f"No brand file is named {slug}.yaml; there are: {', '.join(all_brands())}."
        ) from None
