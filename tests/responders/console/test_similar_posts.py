from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from django.test import Client

from listeners.models import Mention
from responders.models import Case
from sentiment.vectors import vectors, version
from tests.factories import make_agent
from tests.responders.console.conftest import HTMX, at_desk
from tests.responders.desk import make_case
from tests.trends.topics.posts import PARCEL
from trends.models import Vector
from trends.topics.place import packed

pytestmark = pytest.mark.django_db


def case_about(text: str, *, now: datetime, **post: Any) -> Case:
    """A case whose post has a vector."""
    case = make_case(text=text, now=now, **post)
    mention = case.latest_mention
    Vector.objects.create(
        mention=mention, brand=mention.brand, values=packed(vectors([text])[0]), version=version()
    )
    return case


def shown(client: Client, case: Case) -> str:
    return str(client.get(f"/case/{case.pk}/similar", headers=HTMX).content.decode())


def test_the_case_names_where_its_similar_posts_are_and_looks_for_none(desk: Client, now: datetime) -> None:
    case = case_about(PARCEL[3], now=now)
    other = case_about(PARCEL[0], now=now)
    text = desk.get(f"/case/{case.pk}").content.decode()
    assert f'<details id="similar" hx-get="/case/{case.pk}/similar?' in text
    assert 'hx-trigger="toggle once"' in text and f"/case/{other.pk}?" not in text.split('id="similar"')[1]


def test_a_similar_post_leads_to_how_its_case_was_answered(desk: Client, now: datetime) -> None:
    other = case_about(f"{PARCEL[0]} <b>", now=now)
    Case.objects.update(state=Case.State.RESOLVED, resolved_at=now, due_at=None)
    text = shown(desk, case_about("Wo ist mein Paket? Seit Tagen nichts.", now=now))
    assert f'<a href="/case/{other.pk}?' in text and "resolved" in text
    assert "verschollen" in text and "&lt;b&gt;" in text and "<b>" not in text
    assert "sentiment-negative" in text and 'title="X"' in text


def test_it_is_said_where_there_is_no_similar_post_and_where_a_post_has_no_case(now: datetime) -> None:
    german = at_desk(make_agent(language="de"))
    case = case_about("Wo ist mein Paket? Seit Tagen nichts.", now=now)
    assert "Kein ähnlicher Beitrag von jemand anderem." in shown(german, case)
    other = case_about(PARCEL[0], now=now)
    other.case_mentions.all().delete()
    assert "Kein Fall." in shown(german, case) and f"/case/{other.pk}" not in shown(german, case)


def test_private_messages_are_no_similar_posts(desk: Client, now: datetime) -> None:
    case_about(PARCEL[0], now=now, kind=Mention.Kind.MESSAGE)
    assert "verschollen" not in shown(desk, case_about("Wo ist mein Paket? Seit Tagen nichts.", now=now))


def test_only_who_may_see_the_case_sees_its_similar_posts(desk: Client, now: datetime) -> None:
    case = case_about(PARCEL[0], now=now)
    address = f"/case/{case.pk}/similar"
    assert at_desk(make_agent("marketing")).get(address).status_code == 403
    assert at_desk(make_agent(brands=["another"])).get(address).status_code == 404
    assert desk.post(address).status_code == 405
    assert "login" in Client().get(address).headers["Location"]


def test_more_posts_cost_no_more_queries(
    desk: Client, now: datetime, django_assert_num_queries: Any, django_assert_max_num_queries: Any
) -> None:
    case = case_about("Wo ist mein Paket? Seit Tagen nichts.", now=now)
    case_about(PARCEL[0], now=now)
    with django_assert_max_num_queries(10) as few:
        assert shown(desk, case).count("<li>") == 1
    for text in PARCEL[1:]:
        case_about(f"{text} Paket weg!", now=now)
    with django_assert_num_queries(len(few)):
        assert shown(desk, case).count("<li>") == 5
