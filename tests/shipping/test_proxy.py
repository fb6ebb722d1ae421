"""The proxy's rules, tried with Caddy itself before a console that answers everything."""

from __future__ import annotations

import re
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from pytest_httpserver import HTTPServer

from tests.needs import need
from tests.shipping.files import CADDYFILE, DOCKERFILE, services


def test_every_place_behind_the_proxy_is_a_service_with_that_port() -> None:
    ports = {"web": "8000", "airflow-api-server": "8080", "kibana": "5601"}
    places = re.findall(r"reverse_proxy ([\w-]+):(\d+)", CADDYFILE.read_text())
    assert dict(places) == ports and set(ports) <= set(services())
    assert re.findall(r"^EXPOSE (\d+)$", DOCKERFILE.read_text(), flags=re.MULTILINE) == ["8080", "8000"]
    test = services()["proxy"]["healthcheck"]["test"]
    assert "http://127.0.0.1:8081 {" in CADDYFILE.read_text() and test[-1] == "http://127.0.0.1:8081/"


@pytest.fixture(scope="module")
def caddy() -> str:
    program = shutil.which("caddy")
    need(program is not None, "Caddy is not installed (apt install caddy)")
    return str(program)


def test_caddy_reads_the_file_as_it_is(caddy: str, tmp_path: Path) -> None:
    command = [caddy, "validate", "--config", str(CADDYFILE), "--adapter", "caddyfile"]
    environment = {"KULANZ_SITE": "care.example", "HOME": str(tmp_path)}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.fixture
def proxy(caddy: str, tmp_path: Path, httpserver: HTTPServer) -> Iterator[str]:
    """Caddy with our rules, without TLS, before a stand-in of the console."""
    httpserver.expect_request(re.compile(".*")).respond_with_handler(
        lambda request: __import__("werkzeug").Response(request.headers.get("X-Forwarded-For", ""))
    )
    port, health = _free_port(), _free_port()
    rules = (
        CADDYFILE.read_text()
        .replace("web:8000", f"127.0.0.1:{httpserver.port}")
        .replace(":8081", f":{health}")
    )
    rules = rules.replace("{$KULANZ_SITE} {", f"http://localhost:{port} {{", 1)
    rules = re.sub(r"^(airflow|kibana)\.http.*?^}", "", rules, flags=re.MULTILINE | re.DOTALL)
    rules = re.sub(r"^(airflow|kibana)\.\{.*?^}", "", rules, flags=re.MULTILINE | re.DOTALL)
    (tmp_path / "Caddyfile").write_text(rules)
    command = [caddy, "run", "--config", str(tmp_path / "Caddyfile"), "--adapter", "caddyfile"]
    running = subprocess.Popen(
        command, env={"HOME": str(tmp_path)}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        _wait_for(f"http://127.0.0.1:{health}/", running)
        yield f"http://localhost:{port}"
    finally:
        running.terminate()
        running.wait(10)


def test_numbers_stay_inside_and_pages_pass(proxy: str) -> None:
    for path in ("/metrics", "/metrics/", "/metrics/more", "//metrics", "/x/../metrics", "/%6detrics"):
        assert httpx.get(proxy + path).status_code == 404, path
    answer = httpx.get(f"{proxy}/case/1", headers={"X-Forwarded-For": "203.0.113.9"})
    assert answer.status_code == 200
    assert "203.0.113.9" not in answer.text, "who asks could lie about where from"
    assert "Server" not in answer.headers and answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "Strict-Transport-Security" not in answer.headers, "localhost is everybody's"
    assert httpx.post(f"{proxy}/import", content=b"x" * 11_000_000).status_code in (413, 502)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_for(address: str, running: subprocess.Popen[bytes]) -> None:
    for _ in range(200):
        assert running.poll() is None, "Caddy ended"
        try:
            httpx.get(address)
            return
        except httpx.TransportError:
            time.sleep(0.05)
    raise AssertionError("Caddy did not answer")
