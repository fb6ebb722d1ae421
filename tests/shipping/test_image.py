from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from tests.shipping.files import DOCKERFILE, ROOT, SCRIPTS, services, stage

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
FINAL = ("kulanz", "airflow")


def test_a_linter_of_dockerfiles_finds_nothing() -> None:
    program = Path(sys.executable).with_name("hadolint")
    done = subprocess.run([program, str(DOCKERFILE)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("name", FINAL)
def test_the_image_is_no_root_s_and_holds_no_compiler(name: str) -> None:
    assert re.search(r"^USER 10001$", stage(name), flags=re.MULTILINE)
    assert "useradd --system --uid 10001" in stage("runtime")
    installed = re.findall(r"apt-get install -y --no-install-recommends (.*?) \\", DOCKERFILE.read_text())
    assert installed == ["postgresql-client"]
    assert "COPY --from=build" in stage(name) and not re.search(
        r"^RUN .*pip", stage(name), flags=re.MULTILINE
    )


def test_the_base_image_and_every_package_are_pinned() -> None:
    assert re.match(r"# .*\n\nFROM python:3\.11\.\d+-slim-\w+ AS base", DOCKERFILE.read_text())
    for line in re.findall(r"uv pip install .*", DOCKERFILE.read_text()):
        assert "--constraint constraints.txt" in line or "--no-deps" in line, line


def test_every_extra_that_the_image_installs_exists() -> None:
    asked = set(re.findall(r"--extra ([\w-]+)", DOCKERFILE.read_text()))
    assert asked <= set(PROJECT["project"]["optional-dependencies"])


def test_the_image_starts_a_console_that_exists() -> None:
    assert 'ENTRYPOINT ["kulanz"]' in stage("kulanz") and PROJECT["project"]["scripts"]["kulanz"]
    asked = re.search(r"-c\", \"(.*)\"\]", stage("kulanz"))
    assert asked and "/healthz" in asked[1] and ":8000/" in asked[1]
    compile(asked[1], "HEALTHCHECK", "exec")


def test_airflow_s_image_takes_whole_commands_as_compose_and_the_helm_chart_give_them() -> None:
    assert "ENTRYPOINT" not in stage("airflow") and 'CMD ["airflow", ' in stage("airflow")
    for name, service in services().items():
        if service["image"].startswith("kulanz-airflow:"):
            assert service.get("entrypoint") or service["command"][0] == "airflow", name


def test_the_values_for_kubernetes_fit_our_image_and_make_no_default_password() -> None:
    values = YAML(typ="safe").load(ROOT / "shipping" / "airflow-values.yaml")
    assert values["executor"] == "KubernetesExecutor"
    assert "--extra airflow-kubernetes" in stage("build-airflow")
    assert values["createUserJob"]["defaultUser"]["enabled"] is False
    for part in ("scheduler", "dagProcessor", "triggerer"):
        groomer = values[part]["logGroomerSidecar"]
        assert groomer.get("enabled") is False or groomer["args"][:2] == ["bash", "-c"]


def test_the_builder_gets_what_it_needs_and_nothing_else() -> None:
    allowed = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    assert set(PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]) <= allowed
    for line in re.findall(r"^COPY (?!--from)(.*) \./$", DOCKERFILE.read_text(), flags=re.MULTILINE):
        assert set(line.split()) <= allowed
    assert not allowed & {".env", "kulanz.env", "var", ".git", "tests"}
    assert all((ROOT / name).exists() for name in allowed)


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_each_script_can_be_run(script: Path) -> None:
    assert os.access(script, os.X_OK)
    shell = script.read_text().splitlines()[0].removeprefix("#!")
    assert shell in ("/bin/bash", "/bin/sh")
    subprocess.run([shutil.which(Path(shell).name) or shell, "-n", str(script)], check=True)
