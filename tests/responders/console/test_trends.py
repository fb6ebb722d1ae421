from __future__ import annotations

import re
from datetime import date, datetime, timedelta

import pytest
from django.test import Client

from responders import cases
from responders.console.chart import stacked
from responders.console.stretch import read_stretch
from sentiment.correct import correct
from sentiment.models import Assessment
from tests.factories import make_agent, make_assessment, make_mention
from tests.responders.console.conftest import at_desk
from tests.responders.desk import claimed_case
from trends.charts import Day
from trends.models import Fact

pytestmark = pytest.mark.django_db


@pytest.fixture
def marketing() -> Client:
    """The browser of somebody from marketing."""
    return at_desk(make_agent("marketing", language="en"))


def fact(now: datetime, sentiment: str, text: str = "Hallo", **columns: object) -> Fact:
    mention = make_mention(text, now=now)
    make_assessment(mention, now=now, sentiment=sentiment)
    return Fact.objects.create(
        mention=mention, brand="zehnschritt", network="file", language="de", posted_at=columns.get("at", now),
        sentiment=sentiment, urgency=1, angry=False, intent="other",
    )  # fmt: skip


def test_the_chart_counts_days_of_the_brands_zone_and_leads_to_their_posts(
    marketing: Client, now: datetime
) -> None:
    fact(now, "negative", at=datetime.fromisoformat("2026-11-23T23:30+00:00"))
    fact(now, "positive")
    text = marketing.get("/trends?days=7").content.decode()
    assert (
        "Days as in Europe/Berlin" in text
        and "Tue, 24 Nov: 2 posts, 1 negative, 0 neutral, 1 positive" in text
    )
    link = re.search(r'href="(/posts\?brand=zehnschritt&amp;day=2026-11-24)"', text)
    assert link
    assert marketing.get(link[1].replace("&amp;", "&")).content.decode().count('<p class="words"') == 2


def test_without_posts_the_page_says_what_will_stand_there(marketing: Client) -> None:
    assert "Nothing to show yet" in marketing.get("/trends").content.decode()
    assert "No post fits" in marketing.get("/posts").content.decode()


def test_an_archive_says_when_its_newest_posts_were_and_leads_there(marketing: Client, now: datetime) -> None:
    fact(now, "negative", at=datetime.fromisoformat("2015-02-24T23:30+00:00"))
    text = marketing.get("/trends?days=7").content.decode()
    assert "No posts in this stretch" in text and "The newest judged ones are of Wed, 25 Feb 2015." in text
    link = re.search(r'href="([^"]*until=2015-02-25)"', text)
    assert link
    there = marketing.get("/trends" + link[1].replace("&amp;", "&")).content.decode()
    assert "Thu, 19 Feb 2015 – Wed, 25 Feb 2015" in there and "Wed, 25 Feb 2015: 1 posts, 1 negative" in there
    assert "until=2015-02-18" in there and "until=2015-03-04" in there


def test_the_stretch_of_today_leads_to_the_one_before_only(marketing: Client, now: datetime) -> None:
    fact(now, "positive")
    text = marketing.get("/trends?days=28").content.decode()
    assert re.findall(r'until=([^"]+)" rel="(\w+)"', text) == [("2026-10-27", "prev")]
    assert 'name="until"' not in text
    before = marketing.get("/trends?days=28&until=2026-11-20").content.decode()
    assert re.findall(r'until=([^"]+)" rel="(\w+)"', before) == [
        ("2026-10-23", "prev"),
        ("2026-11-24", "next"),
    ]
    assert 'name="until" value="2026-11-20"' in before, "another length keeps the end"


@pytest.mark.parametrize(
    "until", ["x", "", "2026-13-01", "2026-11-25", "9999-12-31", "0001-01-01", "1989-12-31", "2026-11-24'--"]
)
def test_an_end_that_means_nothing_is_today(marketing: Client, now: datetime, until: str) -> None:
    fact(now, "negative")
    text = marketing.get("/trends", {"days": "7", "until": until}).content.decode()
    assert "Wed, 18 Nov – Tue, 24 Nov" in text


def test_the_first_stretch_has_none_before() -> None:
    first = read_stretch({"days": "90", "until": "1990-01-01"}, today=date(2026, 11, 24))
    assert first.earlier is None and first.later == date(1990, 4, 1)


def test_posts_can_be_narrowed_to_a_day_and_a_sentiment(marketing: Client, now: datetime) -> None:
    fact(now, "negative", "so schlecht")
    fact(now, "positive", "so gut", at=now - timedelta(days=1))
    assert "so gut" in marketing.get("/posts?sentiment=positive").content.decode()
    assert "so schlecht" not in marketing.get("/posts?sentiment=positive").content.decode()
    assert "so gut" not in marketing.get("/posts?day=2026-11-24").content.decode()


@pytest.mark.parametrize(
    "query", ["day=x", "day=2026-13-01", "before=nan", "before=1e99", "sentiment=x", "brand=no"]
)
def test_an_address_that_means_nothing_shows_all_posts(marketing: Client, now: datetime, query: str) -> None:
    fact(now, "negative", "so schlecht")
    assert "so schlecht" in marketing.get(f"/posts?{query}").content.decode()


def test_a_post_that_is_gone_leaves_its_count(marketing: Client, now: datetime) -> None:
    gone = fact(now, "negative", "geheim")
    gone.mention = None
    gone.save()
    assert "The post was deleted." in marketing.get("/posts").content.decode()


@pytest.mark.parametrize("most", [1, 3, 7, 10, 99, 101, 4096, 999_999])
def test_the_axis_reaches_above_every_day(most: int) -> None:
    chart = stacked([Day(date(2026, 1, 1), most), Day(date(2026, 1, 2), 0, 1)])
    assert int(chart.rows[-1].label) >= most
    assert all(chart.rows[-1].at <= float(point.split(",")[1]) for point in chart.total.split())


def test_one_day_can_be_drawn() -> None:
    assert len(stacked([Day(date(2026, 1, 1), 1, 1, 1)]).bands) == 1


@pytest.mark.parametrize(
    ("language", "heading", "share"),
    [
        ("en", "How often the team agrees with the model", "50%<small>9–91% · 2</small>"),
        ("de", "Wie oft das Team dem Modell zustimmt", "50\u00a0%<small>9–91\u00a0% · 2</small>"),
    ],
)
def test_the_weekly_agreement_between_team_and_model_stands_below(
    now: datetime, language: str, heading: str, share: str
) -> None:
    (kept, agent), (changed, _) = claimed_case(now=now), claimed_case(now=now)
    verdict = Assessment.objects.get(mention=changed.latest_mention_id)
    correct(verdict.pk, agent=agent, head="urgency", value="0", now=now)
    cases.resolve(kept.pk, agent=agent, now=now)
    text = at_desk(make_agent("marketing", language=language)).get("/trends?days=28").content.decode()
    assert heading in text and share in text
    assert text.count('<th scope="row">') == 2, "all weeks together, and the one in which somebody worked"


def test_nothing_is_said_of_agreement_while_nobody_has_handled_a_post(now: datetime) -> None:
    claimed_case(now=now)
    text = at_desk(make_agent("marketing", language="en")).get("/trends?days=28").content.decode()
    assert "How often the team agrees" not in text
