from __future__ import annotations

import ast
import importlib
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from listeners.contract import Network
from listeners.login.accounts import FLOWS
from listeners.needs import CONNECT, missing, ways
from listeners.networks.registry import NETWORKS

EVERYWHERE = {"found_by_search"}
"""Settings of any source, which intake reads."""


def modules_of(network: type[Network]) -> set[str]:
    """Name the modules that a network is made of: its own, and what these import of all networks."""
    found: set[str] = set()
    waiting = [network.__module__, f"{network.__module__.rpartition('.')[0]}.api"]
    while waiting:
        name = waiting.pop()
        path = Path("listeners") / Path(*name.split(".")[1:]).with_suffix(".py")
        if name in found or not name.startswith("listeners.networks.") or not path.is_file():
            continue
        found.add(name)
        waiting += re.findall(r"(?:from|load\(\")\s*(listeners\.networks\.[\w.]+)", path.read_text())
        importlib.import_module(name)
    return {name for name in found if ".fakes" not in name}


def reads(name: str, kind: str) -> Iterator[str]:
    """Find what a module reads of `secrets` or `settings`: by a literal, or by a name of constants."""
    module = sys.modules[name]
    for node in ast.walk(ast.parse(Path(str(module.__file__)).read_text())):
        where, what = None, None
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr == "get"
            and node.args
        ):
            where, what = node.func.value, node.args[0]
        elif isinstance(node, ast.Subscript):
            where, what = node.value, node.slice
        if where is not None and ast.unparse(where).rpartition(".")[2] in (kind, f"_{kind}"):
            assert what is not None
            yield from [str(what.value)] if isinstance(what, ast.Constant) else constants(module)


def constants(module: object) -> list[str]:
    names = [getattr(module, name, ()) for name in ("KEYS", "CLIENT", "NAMES")]
    return [value for values in names for value in values]


@pytest.mark.parametrize("name", sorted(NETWORKS))
@pytest.mark.parametrize("kind", ["secret", "setting"])
def test_a_network_reads_nothing_that_it_does_not_declare(name: str, kind: str) -> None:
    network = NETWORKS[name]
    declared = {need.name for need in network.needs if need.kind == kind} | EVERYWHERE
    read = {one for module in modules_of(network) for one in reads(module, f"{kind}s")}
    assert read - declared == set()


def test_the_search_for_readings_finds_those_that_are_there() -> None:
    x = {one for module in modules_of(NETWORKS["x"]) for one in reads(module, "secrets")}
    assert {"consumer_key", "access_token_secret", "token", "bearer_token"} <= x
    assert "app_secret" in set(reads("listeners.networks.meta.graph", "secrets"))


@pytest.mark.parametrize("name", sorted(NETWORKS))
def test_what_is_needed_has_words_and_a_secret_says_where_to_get_it(name: str) -> None:
    for need in NETWORKS[name].needs:
        assert need.label and (need.kind != "secret" or need.where)


@pytest.mark.parametrize("name", sorted(FLOWS))
def test_where_kulanz_connects_by_itself_the_app_s_keys_are_asked_for(name: str) -> None:
    needs = NETWORKS[name].needs
    assert ways(needs)[0] == CONNECT or CONNECT in ways(needs)
    asked = {need.name for need in missing(needs, {}, way=CONNECT)}
    flow = FLOWS[name]
    assert set(flow.app[: 2 if flow.needs_secret else 1]) <= asked | {"verify_token"}
