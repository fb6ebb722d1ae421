from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from pydantic import SecretStr
from pytest_django.fixtures import Settings
from pytest_httpserver import HTTPServer

from config.environment import read_environment
from listeners.models import Mention
from tests.servers.elasticsearch import Server
from tests.trends.elastic.conftest import Search
from tests.trends.elastic.rows import make_indexed
from trends.elastic.client import client, open_client, probe
from trends.elastic.models import Copy
from trends.elastic.update import update
from trends.exceptions import ElasticFault, ElasticRefusal
from trends.index import index

pytestmark = pytest.mark.django_db


def test_with_user_password_and_certificate_mentions_arrive_over_tls(
    secure_search: Search, now: datetime
) -> None:
    make_indexed(now=now, native_id="17")
    update(now=now)
    assert list(secure_search.all()) == ["file/17"]
    assert probe(client()).startswith("Elasticsearch 8.19.21, ")


def test_a_wrong_password_is_named_makes_the_work_wait_and_stands_nowhere(
    secure_search: Search, now: datetime, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    make_indexed(now=now)
    wrong = {"elastic_password": SecretStr("geheim")}
    settings.ENVIRONMENT = settings.ENVIRONMENT.model_copy(update=wrong)
    assert update(now=now) == 0
    assert "KULANZ_ELASTIC_PASSWORD" in Copy.objects.get().error
    assert "geheim" not in Copy.objects.get().error + caplog.text
    settings.ENVIRONMENT = read_environment()
    assert update(now=now + timedelta(minutes=1)) > 0
    assert len(secure_search.all()) == 1


def test_a_certificate_that_nobody_trusts_is_named(secure_server: Server, settings: Settings) -> None:
    settings.ENVIRONMENT = read_environment().model_copy(update={"elastic_url": secure_server.url})
    with pytest.raises(ElasticRefusal) as fault:
        probe(client())
    assert "KULANZ_ELASTIC_CA" in fault.value.what_to_do


def test_a_server_that_is_not_there_is_named(settings: Settings) -> None:
    settings.ENVIRONMENT = read_environment().model_copy(update={"elastic_url": "http://127.0.0.1:9"})
    with pytest.raises(ElasticFault, match="cannot be reached"):
        probe(client())


def test_an_api_key_is_sent_as_elasticsearch_wants_it(httpserver: HTTPServer, settings: Settings) -> None:
    settings.ENVIRONMENT = read_environment().model_copy(
        update={"elastic_url": httpserver.url_for(""), "elastic_api_key": SecretStr("a2V5OnNlY3JldA==")}
    )
    product = {"X-Elastic-Product": "Elasticsearch"}
    expected = {"Authorization": "ApiKey a2V5OnNlY3JldA=="}
    httpserver.expect_request("/_cluster/health", headers=expected).respond_with_json(
        {"status": "green"}, headers=product
    )
    httpserver.expect_request("/_nodes").respond_with_json(
        {"nodes": {"a": {"version": "9.1.0"}}}, headers=product
    )
    assert probe(client()) == "Elasticsearch 9.1.0, green"


@pytest.mark.parametrize(
    ("version", "status", "said"),
    [("7.17.29", "green", "too old"), ("8.19.21", "red", "shards are missing")],
)
def test_a_server_that_is_too_old_or_lacks_shards_is_named(
    httpserver: HTTPServer, settings: Settings, version: str, status: str, said: str
) -> None:
    settings.ENVIRONMENT = read_environment().model_copy(update={"elastic_url": httpserver.url_for("")})
    product = {"X-Elastic-Product": "Elasticsearch"}
    httpserver.expect_request("/_cluster/health").respond_with_json({"status": status}, headers=product)
    httpserver.expect_request("/_nodes").respond_with_json(
        {"nodes": {"a": {"version": version}}}, headers=product
    )
    with pytest.raises(ElasticFault, match=said):
        probe(client())


def test_what_is_no_elasticsearch_is_named(httpserver: HTTPServer, settings: Settings) -> None:
    settings.ENVIRONMENT = read_environment().model_copy(update={"elastic_url": httpserver.url_for("")})
    open_client.cache_clear()
    httpserver.expect_request("/_cluster/health").respond_with_json({"status": "green"})
    with pytest.raises(ElasticRefusal, match="no Elasticsearch"):
        probe(client())


def test_a_server_that_is_killed_and_comes_back_misses_nothing(
    secure_search: Search, secure_server: Server, now: datetime
) -> None:
    make_indexed(now=now, native_id="before")
    copied(now)
    secure_server.kill()
    make_indexed(now=now, native_id="meanwhile")
    Mention.objects.filter(native_id="before").update(text="geändert", indexed_at=None)
    assert copied(now) == 0
    assert "cannot be reached" in Copy.objects.get().error
    secure_server.start()
    copied(now + timedelta(minutes=2))
    assert {key: document["text"] for key, document in secure_search.all().items()} == {
        "file/before": "geändert",
        "file/meanwhile": "Die Öse reißt.",
    }


def copied(now: datetime) -> int:
    """Run the stages behind a change."""
    index(now=now)
    return update(now=now)
