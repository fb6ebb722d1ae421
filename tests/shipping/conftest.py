from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from pytest_django.fixtures import Settings


@pytest.fixture
def var(settings: Settings, tmp_path: Path) -> Path:
    """A folder of its own for what Kulanz writes, and brand files beside it."""
    brands = tmp_path / "brands"
    brands.mkdir()
    shutil.copy(settings.ENVIRONMENT.brands / "zehnschritt.yaml", brands)
    folder = tmp_path / "var"
    folder.mkdir()
    settings.ENVIRONMENT = settings.ENVIRONMENT.model_copy(update={"var": folder, "brands": brands})
    return folder
