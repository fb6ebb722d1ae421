from __future__ import annotations

import re
from pathlib import Path

import pytest

from config.environment import Environment
from config.pipeline import stages

ROOT = Path(__file__).resolve().parents[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
OPS = (ROOT / "docs" / "ops.md").read_text()


def test_every_variable_is_explained_to_ops_and_every_explained_one_exists() -> None:
    fields = {f"KULANZ_{name.upper()}" for name in Environment.model_fields}
    assert set(re.findall(r"^\| `(KULANZ_\w+)`", OPS, flags=re.MULTILINE)) == fields


def test_every_stage_is_explained_to_ops() -> None:
    assert [f"| `{stage.name}` |" in OPS for stage in stages()] == [True] * len(stages())


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_between_pages_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text()):
        assert (page.parent / target).exists(), f"{page.name} links to {target}"


def test_every_promise_names_a_test_that_exists() -> None:
    text = (ROOT / "docs" / "promises.md").read_text()
    named = re.findall(r"`(tests/[\w/]+\.py)(?:::(\w+))?`", text)
    assert len(named) >= 9
    for path, test in named:
        assert not test or f"def {test}(" in (ROOT / path).read_text(), f"{path}::{test}"
        assert (ROOT / path).exists(), path
