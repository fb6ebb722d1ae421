from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.core.management import get_commands, load_command_class

from config import __version__
from config.env_file import VARIABLES
from config.environment import Environment
from tests.needs import need_module
from tests.shipping.files import COMPOSE, ROOT, compose, is_once, is_ours, services, stage

NAMES = sorted(services())
each_service = pytest.mark.parametrize("service", services().values(), ids=services().keys())


def test_the_file_is_one_that_compose_reads() -> None:
    command = [
        sys.executable,
        "-m",
        "check_jsonschema",
        "--builtin-schema",
        "vendor.compose-spec",
        str(COMPOSE),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_every_variable_is_made_by_kulanz_env_and_every_one_made_is_used() -> None:
    asked = set(re.findall(r"(?<!\$)\$\{(\w+)", COMPOSE.read_text()))
    assert asked == {one.name for one in VARIABLES} - {"COMPOSE_PROFILES"}


def test_every_secret_that_is_missing_stops_compose_and_says_what_to_run() -> None:
    secrets = {one.name for one in VARIABLES if not one.is_choice}
    for name, rest in re.findall(r"(?<!:\+)\$\{(\w+)([^}]*)\}", COMPOSE.read_text()):
        assert name not in secrets or rest == ":?run kulanz env", name


def test_every_profile_that_is_chosen_exists_and_runs_the_pipeline_once() -> None:
    profiles = {name for service in services().values() for name in service.get("profiles", [])}
    assert profiles == {"airflow", "celery", "elastic", "run"}
    (chosen,) = (one.make().split(",") for one in VARIABLES if one.name == "COMPOSE_PROFILES")
    assert set(chosen) <= profiles and len({"airflow", "run"} & set(chosen)) == 1


@each_service
def test_every_image_is_pinned_and_ours_is_of_this_version(service: dict[str, Any]) -> None:
    name, _, tag = service["image"].partition(":")
    assert re.match(r"\d+\.\d+", tag)
    if name.startswith("kulanz"):
        assert tag == __version__
        assert stage(service["build"]["target"])
    else:
        assert "build" not in service


@each_service
def test_every_service_is_started_again_and_bounded(service: dict[str, Any]) -> None:
    assert service["restart"] in ("unless-stopped", "on-failure:5")
    limits = service["deploy"]["resources"]["limits"]
    assert re.fullmatch(r"\d+[MG]", limits["memory"]) and float(limits["cpus"]) > 0
    assert service["logging"]["options"]["max-size"] and service["init"]
    assert service["security_opt"] == ["no-new-privileges:true"]


@each_service
def test_every_lasting_service_is_asked_whether_it_is_well(service: dict[str, Any]) -> None:
    by_image = is_ours(service) and service["command"][0] == "web"
    has_test = bool(service.get("healthcheck", {}).get("test")) or by_image
    assert has_test != is_once(service)


@each_service
def test_who_is_waited_for_is_there_and_says_when_it_is_ready(service: dict[str, Any]) -> None:
    for name, how in service.get("depends_on", {}).items():
        awaited = services()[name]
        ends = how["condition"] == "service_completed_successfully"
        assert ends == is_once(awaited), name
        others = set(awaited.get("profiles", [])) - set(service.get("profiles", []))
        assert not others or how.get("required") is False or {"airflow"} == others, name


@each_service
def test_what_is_mounted_exists(service: dict[str, Any]) -> None:
    for mount in service.get("volumes", []):
        source = mount.split(":")[0]
        if source.startswith("./"):
            assert (ROOT / source).exists(), source
        elif not source.startswith("$"):
            assert source in compose()["volumes"], source
    for word in service.get("entrypoint", []):
        assert not word.startswith("/shipping/") or (ROOT / word[1:]).exists(), word


def test_only_the_proxy_is_reached_from_outside_and_stores_reach_nothing() -> None:
    assert [name for name in NAMES if "ports" in services()[name]] == ["proxy"]
    assert compose()["networks"]["inside"] == {"internal": True}
    for name in ("database", "elasticsearch", "kibana", "model", "redis"):
        assert services()[name]["networks"] == ["inside"]


@each_service
def test_nothing_secret_stands_in_the_file(service: dict[str, Any]) -> None:
    for name, value in service.get("environment", {}).items():
        if re.search("PASSWORD|SECRET|TOKEN|_KEY$|CONN$|BACKEND$|DATABASE_URL", name):
            assert re.search(r"\$\{\w+", str(value)), name
            assert not re.search(r"://[^$/]+:[^$]+@", str(value)), name


@each_service
def test_every_setting_of_ours_is_one_that_kulanz_reads(service: dict[str, Any]) -> None:
    known = {f"KULANZ_{name.upper()}" for name in Environment.model_fields} | {"KULANZ_SITE"}
    assert {name for name in service.get("environment", {}) if name.startswith("KULANZ_")} <= known


@pytest.mark.parametrize("name", [name for name in NAMES if is_ours(services()[name])])
def test_every_command_of_ours_is_one_that_kulanz_has(name: str) -> None:
    command, *words = services()[name]["command"]
    parser = load_command_class(get_commands()[command], command).create_parser("kulanz", command)
    parser.parse_args(words)
    test = services()[name].get("healthcheck", {}).get("test", [])
    if test[1:2] == ["kulanz"]:
        asked = load_command_class(get_commands()[test[2]], test[2]).create_parser("kulanz", test[2])
        asked.parse_args(test[3:])
    elif test[1:2] == ["python"]:
        compile(test[3], name, "exec")


def test_every_setting_of_airflow_is_one_that_it_reads() -> None:
    need_module("airflow", extra="airflow")
    import importlib.util

    from ruamel.yaml import YAML

    spec = importlib.util.find_spec("airflow")
    assert spec and spec.submodule_search_locations
    folders = [Path(place) for place in spec.submodule_search_locations]
    known: dict[str, Any] = {}
    for path in (place / "config_templates" / "config.yml" for place in folders):
        known |= YAML(typ="safe").load(path) if path.exists() else {}
    for name in services()["airflow-scheduler"]["environment"]:
        if name.startswith("AIRFLOW__") and not name.startswith("AIRFLOW__CELERY__"):
            _, section, option = name.lower().split("__")
            assert option in known[section]["options"], name
