from __future__ import annotations

import re
from datetime import datetime, timedelta

import pytest
from django.test import Client
from django.urls import get_resolver

from responders.models import Agent
from tests.factories import make_agent, make_mention, make_source
from tests.responders.console.conftest import at_desk
from tests.responders.desk import make_case

OPEN_TO = {
    "queue": {"care", "lead", "marketing", "ops"},
    "changed": {"care", "lead"},
    "case": {"care", "lead"},
    "live": {"care", "lead"},
    "approvals": {"lead"},
    "trends": {"lead", "marketing"},
    "trends/answers": {"lead", "marketing"},
    "trends/event": {"lead", "marketing"},
    "trends/time.csv": {"lead", "marketing"},
    "posts": {"lead", "marketing"},
    "sources": {"lead", "ops"},
}
ADDRESSES = {"queue": "/", "changed": "/changed", "case": "/case/{}", "live": "/case/{}/live"}
ACTS = (
    "claim",
    "keep",
    "release",
    "resolve",
    "reopen",
    "snooze",
    "assign",
    "note",
    "show-again",
    "correct",
    "reply",
    "length",
)


@pytest.mark.django_db
@pytest.mark.parametrize("role", ["care", "lead", "marketing", "ops"])
@pytest.mark.parametrize("page", OPEN_TO)
def test_each_page_is_open_to_its_roles_only(page: str, role: str, now: datetime) -> None:
    case = make_case(now=now)
    answer = at_desk(make_agent(role)).get(ADDRESSES.get(page, f"/{page}").format(case.pk))
    assert (answer.status_code == 403) == (role not in OPEN_TO[page])
    if role in OPEN_TO[page]:
        assert answer.status_code in {200, 204, 302}


@pytest.mark.django_db
@pytest.mark.parametrize("role", ["marketing", "ops"])
@pytest.mark.parametrize("act", [*ACTS, "take-over", "by-hand", "offer"])
def test_nobody_but_the_care_team_acts_on_cases(act: str, role: str, now: datetime) -> None:
    case = make_case(now=now)
    assert at_desk(make_agent(role)).post(f"/case/{case.pk}/{act}").status_code == 403


@pytest.mark.django_db
@pytest.mark.parametrize("act", ACTS)
def test_acts_are_not_done_by_reading(act: str, now: datetime, desk: Client) -> None:
    case = make_case(now=now)
    assert desk.get(f"/case/{case.pk}/{act}").status_code == 405


@pytest.mark.django_db
@pytest.mark.parametrize("act", [*ACTS, "offer"])
def test_a_case_of_a_brand_that_one_does_not_serve_is_not_there(act: str, now: datetime) -> None:
    case = make_case(now=now)
    stranger = at_desk(make_agent(brands=["another"]))
    assert stranger.get(f"/case/{case.pk}").status_code == 404
    assert stranger.post(f"/case/{case.pk}/{act}").status_code == 404


@pytest.mark.django_db
def test_strangers_are_led_to_the_log_in_and_back(client: Client) -> None:
    for pattern in get_resolver("responders.console.urls").url_patterns:
        if pattern.name in {"login", "logout", "language", "theme", None}:
            continue
        address = (
            re.sub("<int:.*?>", "1", f"/{pattern.pattern}")
            .replace("<path:name>", "a.jpg")
            .replace("<slug:name>", "time")
        )
        for answer in (client.get(address), client.post(address)):
            assert answer.status_code in {302, 405}, address
            if answer.status_code == 302:
                assert answer.headers["Location"].startswith("/login?next="), address


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("role", "home"), [("care", "/"), ("lead", "/"), ("marketing", "/trends"), ("ops", "/sources")]
)
def test_the_log_in_leads_to_the_work_of_the_role(client: Client, role: str, home: str) -> None:
    agent = make_agent(role)
    answer = client.post("/login", {"username": agent.username, "password": "pass"}, follow=True)
    assert answer.request["PATH_INFO"] == home


@pytest.mark.django_db
def test_a_refused_page_says_so_in_words(care: Agent, desk: Client) -> None:
    answer = desk.get("/trends")
    assert answer.status_code == 403 and "This page is for other work than yours" in answer.content.decode()


@pytest.mark.django_db
def test_a_post_from_elsewhere_is_refused_in_words(care: Agent, now: datetime) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(care, backend="django.contrib.auth.backends.ModelBackend")
    answer = client.post(f"/case/{make_case(now=now).pk}/claim")
    assert answer.status_code == 403 and "This page had been open for too long" in answer.content.decode()


@pytest.mark.django_db
def test_a_fault_of_ours_is_told_in_the_persons_language(
    care: Agent, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("out of order")

    monkeypatch.setattr("responders.console.listing.page", fail)
    Agent.objects.update(language="de")
    client = at_desk(care)
    client.raise_request_exception = False
    answer = client.get("/")
    assert answer.status_code == 500 and "Ein Fehler von uns" in answer.content.decode()
    assert "out of order" not in answer.content.decode()


@pytest.mark.django_db
def test_the_sources_page_says_what_is_wrong_and_how_long_posts_take(now: datetime) -> None:
    source = make_source(
        now=now, state="disabled", last_error="401: renew the token", failures=3, last_success_at=now
    )
    for seconds in range(20):
        make_mention(now=now, source=source, posted_at=now - timedelta(seconds=seconds))
    text = at_desk(make_agent("ops", language="en")).get("/sources").content.decode()
    for words in ("1 source needs a look", "log-in refused", "401: renew the token", "3 failures in a row"):
        assert words in text, words
    assert "10 s, 95 of 100 within 19 s" in text
