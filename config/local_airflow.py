"""A real Airflow on this machine: its environment, and its four components started and stopped as one."""

from __future__ import annotations

import json
import os
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx

from config.environment import ROOT
from config.schedule import for_airflow, pools

COMPONENTS = ("api-server", "dag-processor", "triggerer --skip-serve-logs", "scheduler --skip-serve-logs")
"""In the order of their start; they are stopped the other way round, so that tasks can say their end."""
STARTS_WITHIN = 240.0
"""Seconds in which all components must be well."""
STOPS_WITHIN = 30.0
"""Seconds that each component gets to end what it does."""
TUNED = {
    "AIRFLOW__API__WORKERS": "1",
    "AIRFLOW__CORE__PARALLELISM": "8",
    "AIRFLOW__DAG_PROCESSOR__MIN_FILE_PROCESS_INTERVAL": "300",
    "AIRFLOW__DAG_PROCESSOR__PARSING_PROCESSES": "1",
    "AIRFLOW__DAG_PROCESSOR__STALE_DAG_THRESHOLD": "900",
    "AIRFLOW__SCHEDULER__SCHEDULER_IDLE_SLEEP_TIME": "0.5",
}
"""What makes it quick and small; docs/airflow.md says why."""


class AirflowFault(Exception):
    """Raised when Airflow cannot be started; its text says where to look."""


def environment(home: Path, *, port: int, database: str) -> dict[str, str]:
    """Return what every component needs in its environment; `database` is Airflow's own, for SQLAlchemy."""
    address = f"http://127.0.0.1:{port}"
    return {
        **TUNED,
        "AIRFLOW_HOME": str(home),
        "AIRFLOW__API__BASE_URL": address,
        "AIRFLOW__API__HOST": "127.0.0.1",
        "AIRFLOW__API__PORT": str(port),
        "AIRFLOW__API__SECRET_KEY": kept(home / "api_secret"),
        "AIRFLOW__API_AUTH__JWT_SECRET": kept(home / "jwt_secret"),
        "AIRFLOW__CORE__DAGS_ARE_PAUSED_AT_CREATION": "False",
        "AIRFLOW__CORE__DAGS_FOLDER": str(ROOT / "dags"),
        "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"{address}/execution/",
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE": str(home / "passwords.json"),
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS": "otto:admin,ada:viewer",
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": database,
    }


def kept(path: Path) -> str:
    """Return a random secret, made once and kept for its owner only."""
    if not path.exists():
        path.touch(mode=0o600)
        path.write_text(secrets.token_hex(48))
    return path.read_text()


def passwords(home: Path) -> dict[str, str]:
    """Return the passwords of Airflow's users, made once."""
    path = home / "passwords.json"
    if not path.exists():
        path.touch(mode=0o600)
        path.write_text(json.dumps({name: secrets.token_urlsafe(9) for name in ("otto", "ada")}))
    found: dict[str, str] = json.loads(path.read_text())
    return found


def prepare(home: Path, variables: Mapping[str, str]) -> None:
    """Make or upgrade Airflow's database, and the pools that `KULANZ_POOLS` names."""
    (home / "pools.json").write_text(json.dumps(for_airflow(pools(variables.get("KULANZ_POOLS")))))
    for command in (("db", "migrate"), ("pools", "import", str(home / "pools.json"))):
        log = home / f"{command[0]}.log"
        with log.open("w") as out:
            done = subprocess.run(airflow(*command), env=variables, stdout=out, stderr=out, check=False)
        if done.returncode:
            raise AirflowFault(f"airflow {' '.join(command)} failed; {log} says why.")


@contextmanager
def running(
    home: Path, variables: Mapping[str, str], components: Sequence[str] = COMPONENTS
) -> Iterator[dict[str, subprocess.Popen[bytes]]]:
    """Run the components, each in a session of its own, until the block ends; then none of them is left.

    Raises AirflowFault where one of them does not come up.
    """
    started: dict[str, subprocess.Popen[bytes]] = {}
    try:
        for name in components:
            with (home / f"{name.split()[0]}.log").open("ab") as log:
                started[name] = subprocess.Popen(
                    airflow(*name.split()), env=variables, stdout=log, stderr=log, start_new_session=True
                )
        wait_until_well(home, variables, started)
        yield started
    finally:
        stop(list(reversed(started.values())))


def airflow(*arguments: str) -> list[str]:
    """Return the command line of Airflow's own command in this environment."""
    return [sys.executable, "-m", "airflow", *arguments]


def wait_until_well(
    home: Path, variables: Mapping[str, str], started: Mapping[str, subprocess.Popen[bytes]]
) -> None:
    """Wait until every component says that it works."""
    ends = time.monotonic() + STARTS_WITHIN
    while not is_well(variables["AIRFLOW__API__BASE_URL"]):
        dead = [name for name, process in started.items() if process.poll() is not None]
        if dead or time.monotonic() > ends:
            raise AirflowFault(
                f"Airflow did not start ({', '.join(dead) or 'in time'}); see the logs in {home}."
            )
        time.sleep(0.5)


def is_well(address: str) -> bool:
    """Ask the API whether database, scheduler, triggerer and dag-processor work."""
    try:
        parts = httpx.get(f"{address}/api/v2/monitor/health", timeout=10).json()
    except (httpx.HTTPError, ValueError):
        return False
    return all(part.get("status") == "healthy" for part in parts.values())


def stop(processes: Sequence[subprocess.Popen[bytes]]) -> None:
    """End processes one after the other, each with all that it started: first asked to, then made to."""
    for process in processes:
        process.terminate()
        with suppress(subprocess.TimeoutExpired):
            process.wait(STOPS_WITHIN)
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
