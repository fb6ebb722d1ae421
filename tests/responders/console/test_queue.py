from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from responders import cases, claims
from responders.models import Agent, Case
from responders.queue import QueueFilter, counts, page
from tests.factories import make_author
from tests.responders.console.conftest import HTMX, at_desk
from tests.responders.desk import answerable_source, make_case


def shown(client: Client, address: str = "/?view=open") -> str:
    response = client.get(address)
    assert response.status_code == 200
    return response.content.decode()


def test_the_most_urgent_case_stands_on_top_and_the_longest_wait_above_the_shorter(
    care: Agent, desk: Client, now: datetime
) -> None:
    calm = make_case(now=now, text="Eine Frage.", verdict={"urgency": 1, "angry": False})
    angry = make_case(now=now, text="Unfassbar!", verdict={"urgency": 3})
    older = make_case(now=now, posted_at=now - timedelta(hours=2), verdict={"urgency": 1, "angry": False})
    text = shown(desk)
    places = [text.index(f'id="case-{case.pk}"') for case in (angry, older, calm)]
    assert places == sorted(places)


def test_each_list_holds_its_cases(care: Agent, desk: Client, now: datetime) -> None:
    mine, free, asleep, done = (make_case(now=now) for _ in range(4))
    claims.take(mine.pk, agent=care, now=now)
    cases.snooze(asleep.pk, until=now + timedelta(hours=1), agent=care, now=now)
    cases.resolve(done.pk, agent=care, now=now)
    expected = {"my": [mine], "unassigned": [free], "snoozed": [asleep], "resolved": [done]}
    for view, inside in expected.items():
        text = shown(desk, f"/?view={view}")
        for case in (mine, free, asleep, done):
            assert (f'id="case-{case.pk}"' in text) == (case in inside), (view, case)


def test_filters_narrow_the_list_and_stand_in_the_address(desk: Client, now: datetime) -> None:
    wanted = make_case(now=now, text="Der Schuh drückt", verdict={"urgency": 2, "language": "de"})
    other = make_case(now=now, text="Where is my parcel", verdict={"urgency": 3, "language": "en"})
    for query in ("level=2", "language=de", "q=drückt", f"q=%23{wanted.pk}", "network=demo_x&level=2"):
        text = shown(desk, f"/?view=open&{query}")
        assert f'id="case-{wanted.pk}"' in text, query
        assert f'id="case-{other.pk}"' not in text, query


@pytest.mark.parametrize(
    "query", ["level=9", "after=x.y.z", "after=1.99999999999999999999.1", "view=all", "q=%00"]
)
def test_an_address_that_means_nothing_shows_the_list(desk: Client, now: datetime, query: str) -> None:
    case = make_case(now=now)
    assert f'id="case-{case.pk}"' in shown(desk, f"/?{query}")


@pytest.mark.parametrize("view", ["open", "risk", "snoozed", "resolved"])
def test_pages_follow_each_other_without_gap_or_repetition(care: Agent, now: datetime, view: str) -> None:
    made = []
    for number in range(9):
        moment = now - timedelta(minutes=number % 4)
        case = make_case(now=moment, verdict={"urgency": number % 3 + 1})
        if view == "snoozed":
            cases.snooze(case.pk, until=now + timedelta(hours=number % 2 + 1), agent=care, now=now)
        if view == "resolved":
            cases.resolve(case.pk, agent=care, now=now + timedelta(seconds=number % 3))
        made.append(case.pk)
    Case.objects.filter(state="open").update(due_at=now)
    wanted, seen, after = QueueFilter(brands=("zehnschritt",), view=view), [], ""
    for _ in range(9):
        found = page(wanted, agent=care, now=now, size=2, after=after)
        seen += [case.pk for case in found.cases]
        after = found.next
        if not after:
            break
    whole = [case.pk for case in page(wanted, agent=care, now=now, size=60).cases]
    assert seen == whole and sorted(seen) == sorted(made)


def test_the_following_page_comes_as_rows_only(
    desk: Client, now: datetime, settings: pytest.FixtureRequest
) -> None:
    for _ in range(3):
        make_case(now=now)
    settings.ENVIRONMENT = settings.ENVIRONMENT.model_copy(update={"page_size": 2})  # type: ignore[attr-defined]
    first = shown(desk)
    link = first.split('class="more"><a href="')[1].split('"')[0].replace("&amp;", "&")
    rest = desk.get(link, headers=HTMX).content.decode()
    assert "<html" not in rest and rest.count('class="row ') == 1


def test_counts_stop_at_a_limit(care: Agent, now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("responders.queue.MOST_COUNTED", 2)
    for _ in range(4):
        make_case(now=now)
    assert counts(["zehnschritt"], agent=care, now=now)["open"] == 3


def test_the_page_asks_the_same_number_of_questions_for_few_and_many_cases(
    care: Agent, desk: Client, now: datetime
) -> None:
    def questions() -> int:
        with CaptureQueriesContext(
            connection,
        ) as asked:
            shown(desk)
        return len(asked)

    first = make_case(now=now)
    claims.take(first.pk, agent=care, now=now)
    few = questions()
    for _ in range(30):
        claims.take(make_case(now=now).pk, agent=care, now=now)
    assert questions() == few <= 17


def test_a_case_of_another_brand_is_not_listed(now: datetime, db: None) -> None:
    from tests.factories import make_agent

    make_case(now=now)
    stranger = make_agent(brands=["another"])
    assert 'class="row ' not in shown(at_desk(stranger))


def test_an_empty_list_says_how_cases_come_and_when_the_last_post_came(desk: Client, now: datetime) -> None:
    source = answerable_source(now=now)
    source.last_post_at = now - timedelta(seconds=14)
    source.save()
    assert "Posts from 1 source arrive here; the last came 14 s ago." in shown(desk)


def test_a_row_says_who_what_how_urgent_and_how_long(care: Agent, desk: Client, now: datetime) -> None:
    author = make_author(network="demo_x", handle="jana", name="Jana Weiß")
    case = make_case(now=now, author=author, text="Die Öse reißt", verdict={"urgency": 3, "angry": True})
    claims.take(case.pk, agent=care, now=now)
    row = shown(desk).split(f'id="case-{case.pk}"')[1].split("</li>")[0]
    for word in ("Jana Weiß", "Die Öse reißt", "critical", "angry", "problem", "15 min", "you", 'title="X"'):
        assert word in row, word


def test_a_page_of_sixty_rows_is_small(care: Agent, desk: Client, now: datetime) -> None:
    for _ in range(60):
        make_case(now=now, text="Nach zwei Wochen reißt die Öse. " * 20)
    text = shown(desk)
    assert text.count('class="row ') == 60
    assert len(text.encode()) <= 60 * 1024
