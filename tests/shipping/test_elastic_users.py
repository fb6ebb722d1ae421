"""The script that makes log-ins in Elasticsearch, run as compose does, before a stand-in."""

from __future__ import annotations

import json
import shutil
import subprocess
from base64 import b64encode

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from tests.needs import need
from tests.shipping.files import ROOT, services

SECRETS = {"ELASTIC_PASSWORD": "a1", "ELASTIC_PASSWORD_KULANZ": "b2", "KIBANA_PASSWORD": "c3"}


def run(server: HTTPServer) -> subprocess.CompletedProcess[str]:
    need(shutil.which("curl") is not None, "curl is not installed (apt install curl)")
    variables = {"CA": "/dev/null", "ELASTIC_URL": server.url_for("").rstrip("/"), **SECRETS}
    assert set(variables) == set(services()["elasticsearch-users"]["environment"])
    script = str(ROOT / "shipping" / "elastic-users.sh")
    return subprocess.run(["bash", script], env=variables, capture_output=True, text=True, check=False)


def test_kibana_gets_its_password_and_kulanz_what_it_needs_and_no_more(httpserver: HTTPServer) -> None:
    asked: dict[str, object] = {}

    def answer(request: Request) -> Response:
        assert request.headers["Authorization"] == f"Basic {b64encode(b'elastic:a1').decode()}"
        asked[f"{request.method} {request.path}"] = json.loads(request.data)
        return Response("{}")

    httpserver.expect_request("/_security/user/kibana_system/_password").respond_with_handler(answer)
    httpserver.expect_request("/_security/role/kulanz").respond_with_handler(answer)
    httpserver.expect_request("/_security/user/kulanz").respond_with_handler(answer)
    done = run(httpserver)
    assert done.returncode == 0, done.stderr
    assert asked == {
        "POST /_security/user/kibana_system/_password": {"password": "c3"},
        "PUT /_security/role/kulanz": {
            "cluster": ["monitor", "manage_index_templates"],
            "indices": [{"names": ["kulanz-*"], "privileges": ["all"]}],
        },
        "PUT /_security/user/kulanz": {"password": "b2", "roles": ["kulanz", "kibana_admin"]},
    }


@pytest.mark.parametrize("status", [401, 503])
def test_a_refusal_ends_it_so_that_compose_tries_again(httpserver: HTTPServer, status: int) -> None:
    httpserver.expect_request("/_security/user/kibana_system/_password").respond_with_data(
        "no", status=status
    )
    assert run(httpserver).returncode != 0
