from __future__ import annotations

import pytest
from django.test import Client

from responders.console.security import POLICY
from responders.models import Agent
from tests.factories import make_agent

pytestmark = pytest.mark.django_db


def test_a_wrong_password_is_told_without_saying_which_part_was_wrong(client: Client, care: Agent) -> None:
    for form in ({"username": "mira", "password": "no"}, {"username": "nobody", "password": "no"}):
        text = client.post("/login", form, headers={"Accept-Language": "en"}).content.decode()
        assert "This name and password do not fit together." in text


def test_ten_wrong_passwords_close_the_log_in_for_a_while(client: Client, care: Agent) -> None:
    form = {"username": "mira", "password": "no"}
    for _ in range(10):
        answer = client.post("/login", form, headers={"Accept-Language": "en"})
    assert answer.status_code == 429 and "Too many attempts" in answer.content.decode()
    assert client.post("/login", {"username": "mira", "password": "pass"}).status_code == 429


def test_the_language_is_the_persons_own_and_can_be_changed(desk: Client, care: Agent) -> None:
    assert '<html lang="en"' in desk.get("/").content.decode()
    answer = desk.post("/language", {"language": "de", "next": "/?view=my"})
    assert answer.headers["Location"] == "/?view=my"
    text = desk.get("/?view=my").content.decode()
    assert '<html lang="de"' in text and "Meine Fälle" in text


def test_before_the_log_in_the_browser_chooses_the_language_until_somebody_does(client: Client) -> None:
    assert "Anmelden" in client.get("/login", headers={"Accept-Language": "de-AT"}).content.decode()
    client.post("/language", {"language": "en"})
    assert "Log in" in client.get("/login", headers={"Accept-Language": "de-AT"}).content.decode()


@pytest.mark.parametrize("wanted", ["fr", "", "de; DROP"])
def test_a_language_that_there_is_not_changes_nothing(desk: Client, care: Agent, wanted: str) -> None:
    desk.post("/language", {"language": wanted})
    care.refresh_from_db()
    assert care.language == "en"


def test_colours_are_kept_in_the_browser(client: Client) -> None:
    assert 'data-theme="auto"' in client.get("/login").content.decode()
    client.post("/theme", {"theme": "dark"})
    assert 'data-theme="dark"' in client.get("/login").content.decode()
    client.cookies["theme"] = '"><script>'
    assert 'data-theme="auto"' in client.get("/login").content.decode()


@pytest.mark.parametrize("page", ["https://evil.example/", "//evil.example", "javascript:alert(1)"])
def test_nobody_is_led_away_from_here(client: Client, page: str) -> None:
    assert client.post("/theme", {"theme": "dark", "next": page}).headers["Location"] == "/"
    make_agent(username="otto")
    form = {"username": "otto", "password": "pass", "next": page}
    assert client.post("/login", form).headers["Location"] == "/"


def test_every_page_forbids_scripts_and_styles_from_elsewhere(desk: Client, client: Client) -> None:
    for answer in (client.get("/login"), desk.get("/"), desk.get("/nothing")):
        assert answer.headers["Content-Security-Policy"] == POLICY
        text = answer.content.decode()
        assert "<style" not in text and " style=" not in text and " onclick=" not in text
        assert "<script>" not in text and "https://" not in text


def test_logging_out_ends_the_session(desk: Client) -> None:
    assert desk.post("/logout").status_code == 302
    assert desk.get("/").status_code == 302


def test_pages_are_not_kept_by_caches_on_the_way(desk: Client) -> None:
    assert desk.get("/").headers["Cache-Control"] == "private, no-cache"


def test_who_has_logged_in_is_led_on_from_the_log_in(desk: Client) -> None:
    assert desk.get("/login").headers["Location"] == "/"
