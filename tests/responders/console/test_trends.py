from __future__ import annotations

import csv
import io
import re
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from responders import cases
from responders.console.sheet import download
from responders.console.stretch import read_stretch
from responders.console.table import Cell, Row, Table
from sentiment.correct import correct
from sentiment.models import Assessment
from tests.factories import make_agent, make_assessment, make_mention, make_source
from tests.responders.console.conftest import at_desk
from tests.responders.desk import claimed_case
from tests.trends.facts import make_fact
from trends.models import Fact

pytestmark = pytest.mark.django_db


@pytest.fixture
def marketing() -> Client:
    """The browser of somebody from marketing."""
    return at_desk(make_agent("marketing", language="en"))


def fact(now: datetime, sentiment: str, text: str = "Hallo", **columns: Any) -> Fact:
    mention = make_mention(text, now=now)
    make_assessment(mention, now=now, sentiment=sentiment)
    return make_fact(columns.pop("at", now), sentiment, mention=mention, urgency=1, **columns)


def numbers_of(text: str, label: str) -> list[str]:
    """The cells of the first table row that begins with a label."""
    row = next(row for row in re.findall(r"<tr.*?</tr>", text, re.S) if f">{label}<" in row)
    return re.findall(r"<td[^>]*>([^<]*)</td>", row)


def test_the_chart_counts_days_of_the_brands_zone_and_leads_to_their_posts(
    marketing: Client, now: datetime
) -> None:
    fact(now, "negative", at=datetime.fromisoformat("2026-11-23T23:30+00:00"))
    fact(now, "positive")
    text = marketing.get("/trends?from=2026-11-18").content.decode()
    assert "Days as in Europe/Berlin" in text
    assert numbers_of(text, "Tue, 24 Nov") == ["1", "0", "1", "2", "0"]
    link = re.search(r'href="(/posts\?brand=zehnschritt&amp;from=2026-11-24&amp;until=2026-11-24)"', text)
    assert link
    assert marketing.get(link[1].replace("&amp;", "&")).content.decode().count('<p class="words"') == 2


def test_without_posts_the_page_says_what_will_stand_there(marketing: Client) -> None:
    assert "Nothing to show yet" in marketing.get("/trends").content.decode()
    assert "No post fits" in marketing.get("/posts").content.decode()


def test_an_archive_says_when_its_newest_posts_were_and_leads_there(marketing: Client, now: datetime) -> None:
    fact(now, "negative", at=datetime.fromisoformat("2015-02-24T23:30+00:00"))
    text = marketing.get("/trends?from=2026-11-18").content.decode()
    assert "No posts in this stretch" in text and "The newest judged ones are of Wed, 25 Feb 2015." in text
    link = re.search(r'href="([^"]*until=2015-02-25)"', text)
    assert link
    there = marketing.get("/trends" + link[1].replace("&amp;", "&")).content.decode()
    assert "Thu, 19 Feb 2015 – Wed, 25 Feb 2015" in there
    assert numbers_of(there, "Wed, 25 Feb 2015")[0] == "1"
    assert "until=2015-02-18" in there and "until=2015-03-04" in there


def test_the_stretch_of_today_leads_to_the_one_before_only(marketing: Client, now: datetime) -> None:
    fact(now, "positive")
    text = marketing.get("/trends").content.decode()
    assert re.findall(r'until=([^"]+)" rel="(\w+)"', text) == [("2026-10-27", "prev")]
    before = marketing.get("/trends?from=2026-10-24&until=2026-11-20").content.decode()
    assert re.findall(r'until=([^"]+)" rel="(\w+)"', before) == [
        ("2026-10-23", "prev"),
        ("2026-11-24", "next"),
    ]
    assert "from=2026-11-14&amp;until=2026-11-20" in before, "another length keeps the end"


@pytest.mark.parametrize(
    "until", ["x", "", "2026-13-01", "2026-11-25", "9999-12-31", "0001-01-01", "1989-12-31", "2026-11-24'--"]
)
def test_an_end_that_means_nothing_is_today(marketing: Client, now: datetime, until: str) -> None:
    fact(now, "negative")
    text = marketing.get("/trends", {"from": "2026-11-18", "until": until}).content.decode()
    assert "Wed, 18 Nov – Tue, 24 Nov" in text


def test_the_first_stretch_has_none_before() -> None:
    first = read_stretch({"from": "1989-10-04", "until": "1990-01-01"}, today=date(2026, 11, 24))
    assert first.earlier is None and first.later and first.later.last == date(1990, 4, 1)


def test_posts_can_be_narrowed_to_a_day_and_a_sentiment(marketing: Client, now: datetime) -> None:
    fact(now, "negative", "so schlecht")
    fact(now, "positive", "so gut", at=now - timedelta(days=1))
    assert "so gut" in marketing.get("/posts?sentiment=positive").content.decode()
    assert "so schlecht" not in marketing.get("/posts?sentiment=positive").content.decode()
    assert "so gut" not in marketing.get("/posts?from=2026-11-24").content.decode()


@pytest.mark.parametrize(
    "query",
    [
        *("from=x", "until=2026-13-01", "until=9999-12-31", "from=0001-01-01", "before=nan", "before=1e99"),
        *("sentiment=x", "brand=no", "hour=24", "hour=x", "hour=²", "weekday=7", "urgent=2"),
    ],
)
def test_an_address_that_means_nothing_shows_all_posts(marketing: Client, now: datetime, query: str) -> None:
    fact(now, "negative", "so schlecht")
    assert "so schlecht" in marketing.get(f"/posts?{query}").content.decode()


def test_a_post_that_is_gone_leaves_its_count(marketing: Client, now: datetime) -> None:
    gone = fact(now, "negative", "geheim")
    gone.mention = None
    gone.save()
    assert "The post was deleted." in marketing.get("/posts").content.decode()


@pytest.mark.parametrize("begin", ["x", "2026-11-25", "0001-01-01", "9999-12-31", "2026-02-30"])
def test_a_beginning_that_means_nothing_is_as_long_as_usual_and_none_is_endless(
    marketing: Client, begin: str
) -> None:
    stretch = read_stretch({"from": begin}, today=date(2026, 11, 24))
    assert stretch.length == (731 if begin == "0001-01-01" else 28)
    assert marketing.get("/trends", {"from": begin}).status_code == 200


@pytest.mark.parametrize(
    ("first", "label"), [("2026-11-24", "Tue, 24 Nov, 13:00"), ("2026-07-01", "Mon, 23 Nov")]
)
def test_short_stretches_show_hours_and_long_ones_weeks(
    marketing: Client, now: datetime, first: str, label: str
) -> None:
    fact(now, "negative", at=datetime.fromisoformat("2026-11-24T12:30+00:00"))
    text = marketing.get(f"/trends?from={first}").content.decode()
    assert numbers_of(text, label)[0] == "1"


def test_the_heat_map_leads_to_the_negative_posts_of_its_hour(marketing: Client, now: datetime) -> None:
    fact(now, "negative", "eins", at=datetime.fromisoformat("2026-11-24T12:59+00:00"))
    fact(now, "negative", "zwei", at=datetime.fromisoformat("2026-11-24T13:00+00:00"))
    fact(now, "positive", "drei", at=datetime.fromisoformat("2026-11-24T12:30+00:00"))
    text = marketing.get("/trends").content.decode()
    link = re.search(r'class="h7"><a href="([^"]*hour=13[^"]*)">1</a>', text)
    assert link
    behind = marketing.get(link[1].replace("&amp;", "&")).content.decode()
    assert "eins" in behind and "zwei" not in behind and "drei" not in behind
    assert "Tuesday" in behind and "13:00–13:59" in behind


def test_a_network_narrows_all_numbers_and_their_posts(marketing: Client, now: datetime) -> None:
    make_source(now=now, network="file")
    make_source(now=now, network="webhook")
    fact(now, "negative", "aus der Datei")
    fact(now, "positive", "vom Webhook", network="webhook")
    text = marketing.get("/trends?network=webhook").content.decode()
    assert numbers_of(text, "Tue, 24 Nov") == ["0", "0", "1", "1", "0"]
    assert "network=webhook" in text
    behind = marketing.get("/posts?network=webhook").content.decode()
    assert "vom Webhook" in behind and "aus der Datei" not in behind
    assert "1" in numbers_of(marketing.get("/trends?network=nosuch").content.decode(), "Tue, 24 Nov")


def test_older_posts_stay_within_what_was_chosen(marketing: Client, now: datetime) -> None:
    for minute in range(51):
        fact(now, "negative", at=now - timedelta(minutes=minute))
    text = marketing.get("/posts?sentiment=negative&from=2026-11-24").content.decode()
    link = re.search(r'class="button" href="([^"]*)"', text)
    assert link and "from=2026-11-24" in link[1] and "sentiment=negative" in link[1]
    assert marketing.get("/posts" + link[1].replace("&amp;", "&")).content.decode().count("<li>") >= 1


@pytest.mark.parametrize(
    ("name", "head", "row"),
    [
        ("time", ["Day", "negative", "neutral", "positive", "all", "urgent"], "2026-11-24"),
        ("networks", ["Network", "negative", "neutral", "positive", "all", "urgent"], "file"),
        ("hours", ["Weekday", "0"], "2"),
    ],
)
def test_each_table_can_be_downloaded_for_a_spreadsheet(
    marketing: Client, now: datetime, name: str, head: list[str], row: str
) -> None:
    fact(now, "negative")
    answer = marketing.get(f"/trends/{name}.csv")
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    assert f"zehnschritt-{name}-2026-10-28-2026-11-24.csv" in answer["Content-Disposition"]
    assert answer.content.startswith(b"\xef\xbb\xbf") and b"\r\n" in answer.content
    rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert rows[0][: len(head)] == head
    assert "1" in next(found for found in rows if found[0] == row)


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1"])
def test_no_spreadsheet_takes_a_word_for_a_formula(text: str) -> None:
    table = Table("t", "x", (), (Row(text, text, (Cell(-1, "-1"), Cell(None, ""))),))
    answer = download(table, filename="t").content.decode("utf-8-sig")
    assert list(csv.reader(io.StringIO(answer)))[1] == [f"'{text}", "-1", ""]


def test_a_table_that_nobody_knows_is_not_found(marketing: Client, desk: Client) -> None:
    assert marketing.get("/trends/nosuch.csv").status_code == 404
    assert desk.get("/trends/time.csv").status_code == 403


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
    text = at_desk(make_agent("marketing", language=language)).get("/trends").content.decode()
    assert heading in text and share in text
    assert text.partition("agreement")[2].count('<th scope="row">') == 2, (
        "all weeks together, and the one in which somebody worked"
    )


def test_nothing_is_said_of_agreement_while_nobody_has_handled_a_post(now: datetime) -> None:
    claimed_case(now=now)
    text = at_desk(make_agent("marketing", language="en")).get("/trends").content.decode()
    assert "How often the team agrees" not in text


def test_the_answer_times_of_each_day_stand_in_the_readers_words(marketing: Client, now: datetime) -> None:
    assert "No post of this stretch was answered yet" in marketing.get("/trends/answers").content.decode()
    for minutes in (5, 65):
        make_mention(now=now, first_reply_at=now + timedelta(minutes=minutes))
    text = marketing.get("/trends/answers").content.decode()
    assert numbers_of(text, "Tue, 24 Nov") == ["2", "5 min", "1 h 5 min"]
    assert numbers_of(text, "Mon, 23 Nov") == ["0", "–", "–"]
    assert "15 minutes for critical posts" in text
    assert b"2026-11-24,2,300,3900\r\n" in marketing.get("/trends/answers.csv").content


@pytest.mark.parametrize("event", ["", "x", "2026-11-30", "2026-10-28", "2020-01-01"])
def test_an_event_outside_the_stretch_is_asked_for_again(
    marketing: Client, now: datetime, event: str
) -> None:
    text = marketing.get("/trends/event", {"event": event}).content.decode()
    assert "Choose a day within the stretch" in text


def test_an_event_that_changed_something_is_said_so_and_chance_is_said_too(now: datetime) -> None:
    for day in range(14):
        at = now - timedelta(days=day)
        for number in range(12):
            bad = number < (9 if day < 7 else 3) + day % 2
            make_fact(at, "negative" if bad else "neutral", urgency=2 * (number % 3 == 0))
    page = at_desk(make_agent("marketing", language="de")).get("/trends/event?event=2026-11-18")
    text = page.content.decode()
    assert "negativ<small>gestiegen</small>" in text
    assert "<td>78,6\u00a0%</td>" in text
    assert "positiv<small>nichts, was nicht auch Zufall sein kann</small>" in text
    assert "7 Tage, 84 Beiträge" in text


@pytest.mark.parametrize(
    "address", ["/trends", "/trends/answers", "/trends/event", "/posts", "/trends/time.csv"]
)
def test_who_serves_no_brand_is_shown_none(now: datetime, address: str) -> None:
    make_fact(now, "negative")
    stranger = at_desk(make_agent("marketing", brands=["another"], language="en"))
    answer = stranger.get(address)
    assert answer.status_code == (404 if address.endswith("csv") else 200)
    assert "Zehnschritt" not in answer.content.decode()


def test_an_overview_asks_the_database_as_often_for_much_as_for_little(
    marketing: Client, now: datetime, django_assert_max_num_queries: Any
) -> None:
    for address in ("/trends", "/trends/answers", "/trends/event?event=2026-11-20"):
        for _ in range(2):
            with django_assert_max_num_queries(14):
                marketing.get(address)
            for hour in range(30):
                make_fact(now - timedelta(hours=9 * hour), "negative", network=f"network{hour % 7}")
