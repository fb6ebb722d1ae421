from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from pydantic import SecretStr
from pytest_httpserver import HTTPServer

from responders import cases
from responders.models import Case, DeadlineNotice, NoticedCase
from responders.watch_sla import watch_sla
from tests.factories import make_agent
from tests.listeners.test_alarms import Chat
from tests.responders.desk import make_case
from tests.responders.together import together

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)


@pytest.fixture
def configure(settings: Any) -> Callable[..., None]:
    def set_to(**values: Any) -> None:
        settings.ENVIRONMENT = settings.ENVIRONMENT.model_copy(update=values)

    return set_to


@pytest.fixture
def chat(httpserver: HTTPServer, configure: Callable[..., None]) -> Chat:
    chat = Chat(httpserver, "/lead")
    configure(alarm_urls=[SecretStr(chat.url)], console_url="https://care.example")
    return chat


def due(now: datetime, at: datetime, text: str = "Die Öse reißt.") -> Case:
    """A case that waits for us until then."""
    case = make_case(now=now, text=text)
    Case.objects.filter(pk=case.pk).update(due_at=at)
    case.refresh_from_db()
    return case


def test_a_case_is_told_once_when_its_deadline_is_near_and_once_when_it_is_past(
    chat: Chat, now: datetime
) -> None:
    case = due(now, now + 20 * MINUTE)
    assert watch_sla(now=now) == 0
    assert watch_sla(now=now + 5 * MINUTE) == 1
    assert watch_sla(now=now + 6 * MINUTE) == 0
    assert watch_sla(now=now + 20 * MINUTE) == 1
    assert watch_sla(now=now + 60 * MINUTE) == 0
    assert chat.titles == [
        "Kulanz – Zehnschritt: 1 case is due soon",
        "Kulanz – Zehnschritt: 1 case is late",
    ]
    message = chat.told[0]["message"]
    assert f"#{case.pk}, urgency high, due 2026-11-24 11:20 CET" in message
    assert "https://care.example/?view=risk" in message
    assert "Öse" not in message


def test_all_cases_of_a_brand_are_one_message_that_shows_ten(chat: Chat, now: datetime) -> None:
    for number in range(12):
        due(now, now - number * MINUTE, f"Paar {number} ist kaputt.")
    assert watch_sla(now=now) == 12
    assert chat.titles == ["Kulanz – Zehnschritt: 12 cases are late"]
    assert chat.told[0]["message"].count("#") == 10 and "and 2 more" in chat.told[0]["message"]


def test_a_case_that_was_answered_before_anybody_could_be_told_is_told_no_more(
    chat: Chat, now: datetime
) -> None:
    case = due(now, now - MINUTE)
    chat.status = 503
    assert watch_sla(now=now) == 1
    chat.status = 200
    assert isinstance(cases.resolve(case.pk, agent=make_agent(), now=now), Case)
    assert watch_sla(now=now + 5 * MINUTE) == 0
    assert chat.told == []
    assert not DeadlineNotice.objects.filter(told_at=None).exists()


def test_a_chat_that_takes_nothing_hears_it_later(chat: Chat, now: datetime) -> None:
    due(now, now - MINUTE)
    chat.status = 503
    watch_sla(now=now)
    chat.status = 200
    assert watch_sla(now=now + MINUTE) == 0
    assert len(chat.told) == 1


def test_a_customer_who_waits_anew_is_told_of_anew(chat: Chat, now: datetime) -> None:
    case = due(now, now - MINUTE)
    watch_sla(now=now)
    Case.objects.filter(pk=case.pk).update(waiting_since=now + MINUTE, due_at=now + 2 * MINUTE)
    assert watch_sla(now=now + 3 * MINUTE) == 1
    assert len(chat.told) == 2


def test_hidden_cases_and_those_that_wait_for_the_customer_are_not_told(chat: Chat, now: datetime) -> None:
    hidden, theirs = due(now, now - MINUTE), due(now, now - MINUTE, "Wann kommt es an?")
    Case.objects.filter(pk=hidden.pk).update(hidden=Case.Hidden.CAMPAIGN)
    Case.objects.filter(pk=theirs.pk).update(state=Case.State.WAITING)
    assert watch_sla(now=now) == 0


@pytest.mark.django_db(transaction=True)
def test_workers_at_once_put_a_case_into_one_notice(chat: Chat, now: datetime) -> None:
    for number in range(3):
        due(now, now - MINUTE, f"Paar {number} ist kaputt.")
    together(lambda _: watch_sla(now=now), range(4))
    assert NoticedCase.objects.count() == 3
    assert chat.titles == ["Kulanz – Zehnschritt: 3 cases are late"]
