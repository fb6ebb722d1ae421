from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from listeners.models import Mention
from responders.console.topic_rows import small_bars
from responders.models import AuditEntry
from tests.factories import make_agent
from tests.responders.console.conftest import at_desk
from tests.trends.topics.posts import PARCEL, make_facts, make_matters
from trends.models import Fact, Topic
from trends.topics.stage import topics

pytestmark = pytest.mark.django_db

WORDS = '<p class="words"'


def drawn(now: datetime, *, each: int = 12) -> None:
    make_matters(now=now, each=each, reach=120)
    while topics(now=now):
        pass


def about(word: str) -> Topic:
    return next(topic for topic in Topic.objects.all() if word in topic.phrases)


def shown(client: Client, address: str = "/trends/topics") -> str:
    response = client.get(address)
    assert response.status_code == 200, response.status_code
    return response.content.decode()


def test_a_topic_stands_with_its_numbers_and_posts_that_show_it(lead_desk: Client, now: datetime) -> None:
    drawn(now)
    text = shown(lead_desk)
    topic = about("Paket")
    assert topic.name in text and f"topic={topic.pk}" in text
    assert "100% negative" in text and "reach 1,440" in text and "new in this stretch" in text
    assert text.count("<rect") >= 7 and any(post[:20] in text for post in PARCEL)


def test_what_hurts_more_stands_above(lead_desk: Client, now: datetime) -> None:
    drawn(now)
    Fact.objects.filter(topic=about("Sohle")).update(angry=True)
    Fact.objects.exclude(topic=about("Sohle")).update(sentiment="neutral")
    text = shown(lead_desk)
    places = [text.index(f"topic={about(word).pk}") for word in ("Sohle", "Paket")]
    assert places == sorted(places)


def test_a_topic_leads_to_its_posts_and_says_so(lead_desk: Client, now: datetime) -> None:
    drawn(now)
    topic = about("Sohle")
    text = shown(lead_desk, f"/posts?topic={topic.pk}")
    assert text.count(WORDS) == topic.facts.count() and f"<bdi>{topic.name}</bdi>" in text
    assert "No post fits" in shown(lead_desk, "/posts?topic=999999999")
    assert shown(lead_desk, "/posts?topic=x&phase=x").count(WORDS) == 48


def test_before_there_are_enough_posts_the_page_says_what_will_stand_here(
    lead_desk: Client, now: datetime
) -> None:
    text = shown(lead_desk)
    assert "No topics yet" in text and "30 posts are missing" in text
    make_facts(PARCEL, now=now)
    topics(now=now)
    assert "24 posts are missing" in shown(lead_desk)
    make_facts([f"Ganz {at}" for at in range(40)], now=now)
    while topics(now=now):
        pass
    assert "No topics yet" in shown(lead_desk) and "missing" not in shown(lead_desk)


def test_what_rises_this_week_is_told_with_what_is_usual(lead_desk: Client, now: datetime) -> None:
    drawn(now, each=20)
    for week in range(1, 7):
        for fact in make_facts(PARCEL[:2], now=now - timedelta(weeks=week)):
            Fact.objects.filter(pk=fact.pk).update(topic=about("Paket"), topic_at=now)
    text = shown(lead_desk)
    assert "Rising this week" in text and "posts, usually 2." in text


def test_a_lead_renames_a_topic_and_the_name_stays(lead_desk: Client, now: datetime) -> None:
    drawn(now)
    topic = about("Paket")
    response = lead_desk.post(f"/topic/{topic.pk}/rename?days=7", {"name": "  Zustellung <b>  "})
    assert response.status_code == 302 and response["Location"].startswith("/trends/topics?brand=")
    drawn(now + timedelta(hours=1), each=20)
    topic.refresh_from_db()
    assert topic.name == "Zustellung <b>"
    assert "Zustellung &lt;b&gt;" in shown(lead_desk)
    entry = AuditEntry.objects.get()
    assert (entry.action, entry.detail) == ("topic_renamed", {"topic": topic.pk})
    lead_desk.post(f"/topic/{topic.pk}/rename", {"name": ""})
    topic.refresh_from_db()
    assert "Paket" in topic.name


def test_a_merged_topic_counts_for_the_other_one_also_in_future(lead_desk: Client, now: datetime) -> None:
    drawn(now)
    sole, parcel = about("Sohle"), about("Paket")
    count = Fact.objects.filter(topic__in=[sole, parcel]).count()
    assert lead_desk.post(f"/topic/{sole.pk}/merge", {"into": parcel.pk}).status_code == 302
    assert parcel.facts.count() == count
    make_facts(["Die Sohle ist lose."], now=now)
    topics(now=now)
    assert parcel.facts.count() == count + 1
    assert f"topic={sole.pk}" not in shown(lead_desk)


@pytest.mark.parametrize("into", ["itself", "0", "x", "9" * 30])
def test_a_topic_is_not_merged_into_itself_or_nothing(into: str, lead_desk: Client, now: datetime) -> None:
    drawn(now)
    topic = about("Paket")
    wanted = str(topic.pk) if into == "itself" else into
    response = lead_desk.post(f"/topic/{topic.pk}/merge", {"into": wanted})
    assert response.status_code == (422 if into == "itself" else 404)


def test_a_hidden_topic_leaves_the_list_and_can_come_back(lead_desk: Client, now: datetime) -> None:
    drawn(now)
    topic = about("Paket")
    lead_desk.post(f"/topic/{topic.pk}/hide", {"hidden": "1"})
    text = shown(lead_desk)
    assert f"topic={topic.pk}" not in text and "1 hidden topic" in text
    assert f"topic={topic.pk}" in shown(lead_desk, "/trends/topics?hidden=1")
    lead_desk.post(f"/topic/{topic.pk}/hide", {"hidden": "0"})
    assert f"topic={topic.pk}" in shown(lead_desk)
    assert [entry.action for entry in AuditEntry.objects.order_by("pk")] == ["topic_hidden", "topic_shown"]


def test_marketing_reads_and_only_a_lead_of_the_brand_changes(now: datetime) -> None:
    drawn(now)
    topic = about("Paket")
    marketing = at_desk(make_agent("marketing", language="en"))
    assert topic.name in shown(marketing) and "Rename" not in shown(marketing)
    for agent, status in ((make_agent("marketing"), 403), (make_agent("lead", brands=["another"]), 404)):
        for act in ("rename", "merge", "hide"):
            response = at_desk(agent).post(f"/topic/{topic.pk}/{act}", {"name": "x", "into": topic.pk})
            assert response.status_code == status
    assert at_desk(make_agent("care")).get("/trends/topics").status_code == 403


def test_it_speaks_german(now: datetime) -> None:
    drawn(now)
    text = shown(at_desk(make_agent("lead", language="de")))
    assert "Was am meisten schmerzt" in text and "Umbenennen" in text and "Themen" in text


def test_the_page_asks_as_often_for_many_topics_as_for_few(
    lead_desk: Client, now: datetime, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    drawn(now)
    with django_assert_max_num_queries(40) as few:
        shown(lead_desk)
    words = ("Gutschein", "Reißverschluss", "Hotline", "Farbe", "Rücksendung")
    make_facts([f"{word} {at}: so geht das nicht." for word in words for at in range(9)], now=now)
    while topics(now=now + timedelta(hours=1)):
        pass
    assert Topic.objects.count() > 7
    with django_assert_max_num_queries(len(few)):
        shown(lead_desk)


def test_private_messages_show_no_topic(lead_desk: Client, now: datetime) -> None:
    drawn(now)
    Mention.objects.update(kind=Mention.Kind.MESSAGE)
    text = shown(lead_desk)
    assert about("Paket").name in text and '<ul class="samples"' not in text


def test_a_name_is_given_without_signs_that_nobody_sees(lead_desk: Client, now: datetime) -> None:
    drawn(now)
    topic = about("Paket")
    lead_desk.post(f"/topic/{topic.pk}/rename", {"name": "Pakete\0\u202e!"})
    topic.refresh_from_db()
    assert topic.name == "Pakete !"


def test_two_years_are_drawn_with_few_bars_and_no_post_is_left_out() -> None:
    days = [date(2025, 1, 1) + timedelta(days=number) for number in range(731)]
    bars = small_bars(days, [1] * 731)
    assert len(bars) == 92 and sum(bar.count for bar in bars) == 731
    assert (bars[1].day, bars[1].x) == (date(2025, 1, 9), 5)
