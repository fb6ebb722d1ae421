"""Measures what a real Airflow with all our DAGs on takes of memory and processor, before and after tuning.

    python bench/airflow_footprint.py [--settle 120] [--seconds 180]

One JSON line: PSS in MiB and processor use in percent of one core, of the four components and all that they
start, on PostgreSQL (its own processes are not counted) with nothing to do; once with Airflow's own settings,
once with ours, and the ratio.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
TICK = os.sysconf("SC_CLK_TCK")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--settle", type=float, default=120, help="seconds before measuring")
    parser.add_argument("--seconds", type=float, default=180, help="seconds of measuring")
    options = parser.parse_args()
    before, after = (measured(tuned, options.settle, options.seconds) for tuned in (False, True))
    figures = {
        "bench": "airflow_footprint",
        "unit": "PSS in MiB, processor in percent of one core, nothing to do",
        "before": before,
        "after": after,
        "ratio_pss": round(after["pss_mib"] / before["pss_mib"], 2),
        "ratio_processor": round(after["processor_percent"] / before["processor_percent"], 2),
        "cores": os.cpu_count(),
        "load_1m": round(os.getloadavg()[0], 1),
    }
    print(json.dumps(figures))


def measured(tuned: bool, settle: float, seconds: float) -> dict[str, float]:
    from config import local_airflow
    from config.airflow_database import database_of_airflow
    from tests.servers.postgresql import free_port, postgresql

    with tempfile.TemporaryDirectory(prefix="kulanz-bench-") as folder, postgresql() as url:
        home = Path(folder) / "airflow"
        home.mkdir()
        needed = local_airflow.environment(home, port=free_port(), database=database_of_airflow(home, url))
        variables = os.environ | {
            name: value for name, value in needed.items() if tuned or name not in local_airflow.TUNED
        }
        variables |= {"KULANZ_VAR": folder, "KULANZ_DATABASE_URL": url, "KULANZ_POOLS": ""}
        subprocess.run(
            [sys.executable, "-m", "config.command", "migrate", "-v0"], env=variables, cwd=ROOT, check=True
        )
        local_airflow.passwords(home)
        local_airflow.prepare(home, variables)
        with local_airflow.running(home, variables) as components:
            time.sleep(settle)
            return watch({name.split()[0]: one.pid for name, one in components.items()}, seconds)


def watch(leaders: Mapping[str, int], seconds: float) -> dict[str, float]:
    """Return memory now, of each component and of all, and the processor's use over so many seconds."""
    began, used = time.monotonic(), sum(map(used_by, leaders.values()))
    time.sleep(seconds)
    percent = (sum(map(used_by, leaders.values())) - used) / (time.monotonic() - began) * 100
    each = {f"{name}_pss_mib": round(pss_of(leader) / 1024, 1) for name, leader in leaders.items()}
    return {**each, "pss_mib": round(sum(each.values()), 1), "processor_percent": round(percent, 1)}


def members(leader: int) -> list[Path]:
    """Return all processes of the session that `leader` leads."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if int(stat_of(folder)[3]) == leader:
                found.append(folder)
    return found


def stat_of(folder: Path) -> list[str]:
    """Return what /proc says of a process, from its state on."""
    return (folder / "stat").read_text().rpartition(") ")[2].split()


def used_by(leader: int) -> float:
    """Return the seconds of processor time of a component, those of its ended children included."""
    total = 0
    for folder in members(leader):
        with contextlib.suppress(OSError):
            total += sum(int(ticks) for ticks in stat_of(folder)[11:15])
    return total / TICK


def pss_of(leader: int) -> int:
    """Return the proportional set size of a component in KiB."""
    total = 0
    for folder in members(leader):
        with contextlib.suppress(OSError):
            lines = (folder / "smaps_rollup").read_text().splitlines()
            total += sum(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
    return total


if __name__ == "__main__":
    main()
