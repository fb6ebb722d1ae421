from __future__ import annotations

import stat
from pathlib import Path

import pytest

from config.environment import EnvironmentFault, read_environment


def test_without_variables_the_database_is_sqlite_under_var(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("KULANZ_DATABASE_URL", "")
    monkeypatch.setenv("KULANZ_VAR", str(tmp_path))
    assert read_environment().database() == f"sqlite:///{tmp_path}/kulanz.sqlite3"


def test_a_secret_key_is_made_once_and_readable_for_its_owner_only(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("KULANZ_SECRET_KEY", "")
    monkeypatch.setenv("KULANZ_VAR", str(tmp_path))
    key = read_environment().key()
    assert len(key) > 40
    assert read_environment().key() == key
    assert stat.S_IMODE((tmp_path / "secret_key").stat().st_mode) == 0o600


def test_hosts_are_separated_by_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KULANZ_HOSTS", "care.example, localhost")
    assert read_environment().hosts == ["care.example", "localhost"]


def test_a_value_that_cannot_be_used_is_named_with_its_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KULANZ_DEBUG", "maybe")
    monkeypatch.setenv("KULANZ_THREADS", "two")
    with pytest.raises(EnvironmentFault) as fault:
        read_environment()
    assert "KULANZ_DEBUG" in str(fault.value) and "KULANZ_THREADS" in str(fault.value)


@pytest.mark.parametrize("token", ["short", "with space " * 4, "ü" * 40, "a" * 201])
def test_a_weak_token_is_refused_and_not_repeated(monkeypatch: pytest.MonkeyPatch, token: str) -> None:
    monkeypatch.setenv("KULANZ_API_TOKEN", token)
    with pytest.raises(EnvironmentFault, match=r"KULANZ_API_TOKEN: .*openssl rand -hex 32") as fault:
        read_environment()
    assert token not in str(fault.value)


def test_a_token_is_kept_out_of_what_is_printed_and_an_empty_one_is_none(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("KULANZ_API_TOKEN", "0123456789abcdef" * 2)
    token = read_environment().api_token
    assert token is not None and token.get_secret_value() == "0123456789abcdef" * 2
    assert "0123456789abcdef" not in repr(read_environment())
    monkeypatch.setenv("KULANZ_API_TOKEN", "")
    assert read_environment().api_token is None


def test_addresses_of_alarms_are_separated_by_spaces_and_kept_out_of_what_is_printed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    urls = [
        "json://someone:geheim@localhost/chat",
        "mailto://a:geheim@mail.example?to=b@c.example,d@e.example",
    ]
    monkeypatch.setenv("KULANZ_ALARM_URLS", "\n".join(urls))
    assert [url.get_secret_value() for url in read_environment().alarm_urls] == urls
    assert "geheim" not in repr(read_environment())
    monkeypatch.setenv("KULANZ_ALARM_URLS", "")
    assert read_environment().alarm_urls == []


def test_an_address_of_alarms_that_nobody_can_read_is_named_by_its_number_and_not_repeated(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("KULANZ_ALARM_URLS", "json://localhost nope://geheim slack://geheim")
    with pytest.raises(EnvironmentFault, match=r"KULANZ_ALARM_URLS: .*address 2, 3 of 3") as fault:
        read_environment()
    assert "geheim" not in str(fault.value) + caplog.text


def test_the_consoles_address_has_a_scheme(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KULANZ_CONSOLE_URL", "care.example")
    with pytest.raises(EnvironmentFault, match="KULANZ_CONSOLE_URL"):
        read_environment()


@pytest.mark.parametrize(
    ("variables", "named"),
    [
        ({"ELASTIC_URL": "https://someone:geheim@search.example"}, "KULANZ_ELASTIC_URL"),
        ({"ELASTIC_URL": "search.example:9200"}, "KULANZ_ELASTIC_URL"),
        ({"ELASTIC_USER": "kulanz"}, "KULANZ_ELASTIC_PASSWORD"),
        ({"ELASTIC_PASSWORD": "geheim"}, "KULANZ_ELASTIC_PASSWORD"),
        ({"ELASTIC_API_KEY": "gehe im geheim"}, "KULANZ_ELASTIC_API_KEY"),
        (
            {"ELASTIC_USER": "a", "ELASTIC_PASSWORD": "geheim", "ELASTIC_API_KEY": "geheimnis"},
            "KULANZ_ELASTIC_API_KEY",
        ),
        ({"ELASTIC_URL": "https://search.example", "ELASTIC_CA": "/nowhere.pem"}, "KULANZ_ELASTIC_CA"),
        ({"ELASTIC_URL": "http://search.example", "ELASTIC_CA": __file__}, "KULANZ_ELASTIC_CA"),
        ({"ELASTIC_URL": "https://search.example", "ELASTIC_CA": __file__}, "KULANZ_ELASTIC_CA"),
        ({"KEEP_MONTHS": "0"}, "KULANZ_KEEP_MONTHS"),
    ],
)
def test_a_way_to_elasticsearch_that_cannot_work_is_named_and_its_secrets_are_not_repeated(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], named: str
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(f"KULANZ_{name}", value)
    with pytest.raises(EnvironmentFault, match=named) as fault:
        read_environment()
    assert "gehei" not in str(fault.value)


def test_empty_variables_mean_no_elasticsearch(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("URL", "USER", "PASSWORD", "API_KEY", "CA"):
        monkeypatch.setenv(f"KULANZ_ELASTIC_{name}", "")
    environment = read_environment()
    assert (environment.elastic_url, environment.elastic_ca) == ("", None)
    assert environment.elastic_password is None and environment.elastic_api_key is None
