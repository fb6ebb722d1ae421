"""A real Elasticsearch of our own in a temporary folder, open or with security and TLS."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import ssl
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from tests.needs import elasticsearch_zip, java_home
from tests.servers.certificates import write_certificate

USER, PASSWORD = "kulanz", "a-password-of-tests"
QUICK_TO_START = "-XX:TieredStopAtLevel=1"
_ACCOUNT = "kulanz-elastic"
_OPEN = "xpack.security.enabled: false\n"
_SECURE = """xpack.security.enabled: true
xpack.security.http.ssl.enabled: true
xpack.security.http.ssl.key: key.pem
xpack.security.http.ssl.certificate: certificate.pem
"""


@dataclass(slots=True)
class Server:
    """A server that can be killed and started again on the same port with the same data."""

    home: Path
    folder: Path
    port: int
    heap: str
    secure: bool = False
    java_options: str = QUICK_TO_START
    _process: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"{'https' if self.secure else 'http'}://127.0.0.1:{self.port}"

    @property
    def certificate(self) -> Path:
        """The certificate to trust, where it is secure."""
        return self.folder / "config" / "certificate.pem"

    def configure(self) -> None:
        """Write its configuration, and make its user where it has security."""
        config = self.folder / "config"
        shutil.copytree(self.home / "config", config)
        (config / "elasticsearch.yml").write_text(
            f"discovery.type: single-node\nhttp.port: {self.port}\ntransport.port: {_free_port()}\n"
            f"path.data: {self.folder / 'data'}\npath.logs: {self.folder / 'logs'}\n"
            "cluster.routing.allocation.disk.threshold_enabled: false\n" + (_SECURE if self.secure else _OPEN)
        )
        if self.secure:
            write_certificate(config / "certificate.pem", config / "key.pem")
        _give_away(self.folder)
        if self.secure:
            self._run("elasticsearch-users", "useradd", USER, "-p", PASSWORD, "-r", "superuser")

    def start(self, *, seconds: float = 300) -> None:
        """Start it and wait until it answers."""
        command = [*_as_account(), str(self.home / "bin" / "elasticsearch")]
        with (self.folder / "output").open("ab") as log:
            self._process = subprocess.Popen(
                command, env=self._env(), stdout=log, stderr=log, cwd="/", start_new_session=True
            )
        until = time.monotonic() + seconds
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > until:
                raise RuntimeError(f"Elasticsearch did not start: {self._output()}")
            time.sleep(0.2)

    def kill(self) -> None:
        """End it as a power failure would."""
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, 9)
            self._process.wait()
            self._process = None

    def _run(self, program: str, *arguments: str) -> None:
        command = [*_as_account(), str(self.home / "bin" / program), *arguments]
        subprocess.run(command, env=self._env(), check=True, capture_output=True, cwd="/")

    def _env(self) -> dict[str, str]:
        return {
            "PATH": os.environ["PATH"],
            "ES_JAVA_HOME": str(java_home()),
            "ES_PATH_CONF": str(self.folder / "config"),
            "ES_JAVA_OPTS": f"-Xms{self.heap} -Xmx{self.heap} {self.java_options}",
            "ES_TMPDIR": str(self.folder / "tmp"),
        }

    def _answers(self) -> bool:
        trust = ssl.create_default_context(cafile=str(self.certificate)) if self.secure else None
        try:
            urllib.request.urlopen(f"{self.url}/_cluster/health", context=trust, timeout=2).close()
        except urllib.error.HTTPError as answer:
            return answer.code == 401
        except OSError:
            return False
        return True

    def _output(self) -> str:
        return (self.folder / "output").read_text(errors="replace")[-2000:]


@contextlib.contextmanager
def unpacked() -> Iterator[Path]:
    """Unpack the server's programs, yield their folder and remove it."""
    with _folder("kulanz-elasticsearch-home-") as folder:
        with zipfile.ZipFile(elasticsearch_zip()) as archive:
            archive.extractall(folder)
        home = next(folder.glob("elasticsearch-*"))
        (home / "plugins").mkdir(exist_ok=True)
        for program in (home / "bin").iterdir():
            program.chmod(0o755)
        _give_away(folder)
        yield home


@contextlib.contextmanager
def elasticsearch(
    home: Path, *, secure: bool = False, heap: str = "512m", java_options: str = QUICK_TO_START
) -> Iterator[Server]:
    """Start a server, yield it, stop it and remove its folder."""
    with _folder("kulanz-elasticsearch-") as folder:
        (folder / "tmp").mkdir()
        server = Server(home, folder, _free_port(), heap, secure, java_options)
        server.configure()
        try:
            server.start()
            yield server
        finally:
            server.kill()


@contextlib.contextmanager
def _folder(prefix: str) -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix=prefix))
    folder.chmod(0o755)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _as_account() -> list[str]:
    """Elasticsearch refuses to run as root."""
    return ["runuser", "-u", _ACCOUNT, "--"] if os.geteuid() == 0 else []


def _give_away(folder: Path) -> None:
    if os.geteuid() != 0:
        return
    if subprocess.run(["id", _ACCOUNT], capture_output=True, check=False).returncode:
        subprocess.run(["useradd", "--system", _ACCOUNT], check=True)
    subprocess.run(["chown", "-R", _ACCOUNT, str(folder)], check=True)
