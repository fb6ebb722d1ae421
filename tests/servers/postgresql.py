"""A PostgreSQL server of our own in a temporary folder."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

from tests.needs import postgresql_program


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _run(*command: str) -> None:
    as_user = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
    done = subprocess.run([*as_user, *command], capture_output=True, text=True, check=False, cwd="/")
    if done.returncode:
        raise RuntimeError(f"{command[0]} failed: {done.stdout}{done.stderr}")


def _make_user() -> None:
    if os.geteuid() == 0 and subprocess.run(["id", "postgres"], capture_output=True, check=False).returncode:
        subprocess.run(["useradd", "--system", "postgres"], check=True)


@contextlib.contextmanager
def postgresql(*, is_durable: bool = False) -> Iterator[str]:
    """Start a server, yield the URL of its database `kulanz`, stop it and remove its folder.

    Only one that is durable waits for the disk.
    """
    _make_user()
    folder = Path(tempfile.mkdtemp(prefix="kulanz-postgresql-"))
    folder.chmod(0o777)
    data, port = folder / "data", free_port()
    pg_ctl = str(postgresql_program("pg_ctl"))
    options = (
        f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={folder}"
        f" -c fsync={'on' if is_durable else 'off'} -c max_connections=200"
    )
    try:
        _run(str(postgresql_program("initdb")), "-D", str(data), "-A", "trust", "-U", "kulanz", "-E", "UTF8")
        _run(pg_ctl, "-D", str(data), "-w", "-l", str(folder / "log"), "-o", options, "start")
        _run(
            str(postgresql_program("createdb")), "-h", "127.0.0.1", "-p", str(port), "-U", "kulanz", "kulanz"
        )
        yield f"postgresql://kulanz@127.0.0.1:{port}/kulanz"
    finally:
        with contextlib.suppress(RuntimeError):
            _run(pg_ctl, "-D", str(data), "-m", "immediate", "stop")
        shutil.rmtree(folder, ignore_errors=True)
