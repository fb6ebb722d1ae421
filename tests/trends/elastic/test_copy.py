from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import numpy as np
import pytest

from config.brand_files import brand
from listeners.dead_letters import replay
from listeners.models import DeadLetter, Mention
from responders.models import Case, CaseMention, Customer
from sentiment.correct import correct
from sentiment.vectors import DIMS
from tests.factories import make_agent, make_source
from tests.trends.elastic.conftest import Search
from tests.trends.elastic.rows import make_indexed, make_routed
from trends.copy import copy
from trends.elastic import bulk, changes, layout
from trends.elastic.bulk import WRITTEN, Writing
from trends.elastic.documents import mentions
from trends.elastic.indices import Index
from trends.elastic.mapping import VECTOR_DIMENSIONS, Kind
from trends.elastic.models import Change, Copy
from trends.elastic.samples import EVERY
from trends.elastic.update import update
from trends.index import index
from trends.models import Fact, Topic, Vector

pytestmark = pytest.mark.django_db

SECOND = timedelta(seconds=1)
MINE = Index(Kind.MENTION, "2026.11", 1)


def copy_all(now: datetime) -> int:
    """Run the stages behind a change until nothing waits."""
    index(now=now)
    return update(now=now) + update(now=now)


def test_without_an_address_nothing_is_entered_and_nothing_is_copied(now: datetime) -> None:
    make_indexed(now=now)
    assert not Change.objects.exists()
    assert copy(now=now) == 0


def test_a_mention_is_copied_with_what_charts_need(search: Search, now: datetime) -> None:
    mention = make_routed("Öse reißt, ruft an: 030 901820", now=now, native_id="17")
    topic = Topic.objects.create(brand=mention.brand, name="Ösen", language="de", centre=b"", found_at=now)
    values = np.zeros(DIMS, dtype=np.float16)
    values[3] = 1
    Vector.objects.create(mention=mention, brand=mention.brand, values=values.tobytes(), version="1")
    index(now=now)
    Fact.objects.update(topic=topic)
    assert copy(now=now) == 1 + 2, "the mention, and two hours of its source"
    document = search.all()["file/17"]
    assert document["text"] == "Öse reißt, ruft an: [phone]"
    assert "öse reißt" in document["keyphrases"] and "phone" not in document["keyphrases"]
    shown = ("author", "reach", "sentiment", "urgency", "angry", "hour_of_day", "day_of_week", "topic_name")
    assert [document[name] for name in shown] == ["lea", 1_240, "negative", 2, True, 11, 2, "Ösen"]
    assert document["probabilities"]["sentiment"]["negative"] == 0.9
    assert document["vector"][3] == 1 and len(document["vector"]) == VECTOR_DIMENSIONS == DIMS
    assert not Change.objects.filter(kind="mention").exists()


def test_a_correction_and_an_answer_change_the_document(search: Search, now: datetime) -> None:
    mention = make_indexed(now=now)
    copy_all(now)
    assessment = mention.assessments.get()
    correct(assessment.pk, agent=make_agent(), head="sentiment", value="positive", now=now)
    Mention.objects.update(first_reply_at=now + 90 * SECOND, indexed_at=None)
    copy_all(now + 90 * SECOND)
    document = search.one()
    assert (document["sentiment"], document["is_corrected"]) == ("positive", True)
    assert document["first_response_seconds"] == 90


def test_a_deleted_mention_leaves_the_copy_and_an_older_write_does_not_bring_it_back(
    search: Search, now: datetime
) -> None:
    mention = make_indexed(now=now, native_id="17")
    old = Change.objects.get(kind="mention").pk
    copy_all(now)
    Mention.objects.filter(pk=mention.pk).update(deleted_at=now, text="", indexed_at=None)
    copy_all(now)
    assert search.all() == {}
    late = Writing(index=MINE, id="file/17", number=old, body={"brand": "zehnschritt", "text": "old"})
    assert bulk.write(search.elastic, [late]) == [WRITTEN]
    assert search.all() == {}


def test_a_worker_that_read_earlier_and_writes_later_changes_nothing(search: Search, now: datetime) -> None:
    mention = make_indexed("Früher", now=now, native_id="17")
    (slow,) = [change for change in changes.take(now=now, size=9) if change.kind == "mention"]
    Mention.objects.filter(pk=mention.pk).update(text="Später", indexed_at=None)
    copy_all(now)
    late = Writing(index=MINE, id="file/17", number=slow.pk, body={"text": "Früher"})
    assert bulk.write(search.elastic, [late]) == [WRITTEN]
    assert search.one()["text"] == "Später"


def test_a_worker_that_died_is_followed_by_another_when_its_lease_is_over(
    search: Search, now: datetime
) -> None:
    make_indexed(now=now)
    assert changes.take(now=now, size=9)
    assert update(now=now) == len(search.all(Kind.SOURCE)) == 2
    update(now=now + changes.LEASE)
    assert len(search.all()) == 1
    assert not Change.objects.filter(kind="mention").exists()


def test_writing_the_same_change_twice_leaves_one_document(search: Search, now: datetime) -> None:
    make_indexed(now=now)
    taken = changes.take(now=now, size=9)
    changes.put_back(taken, now=now)
    for _ in range(2):
        copy_all(now)
        Change.objects.bulk_create(taken, ignore_conflicts=True)
    assert len(search.all()) == 1


def test_a_document_that_elasticsearch_refuses_is_put_aside_alone_and_comes_when_it_is_mended(
    search: Search, now: datetime
) -> None:
    bad, good = (make_routed(text, now=now, native_id=text) for text in ("bad", "good"))
    good_verdict = bad.assessments.get().probabilities
    bad.assessments.update(probabilities=good_verdict | {"mood": {"sunny": 1.0}})
    index(now=now)
    update(now=now)
    assert list(search.all()) == ["file/good"]
    letter = DeadLetter.objects.get()
    assert (letter.mention, letter.stage) == (bad, "copy")
    assert "mood" in letter.error
    assert not Change.objects.filter(kind="mention").exists()
    bad.assessments.update(probabilities=good_verdict)
    assert replay(letter, now=now).done
    copy_all(now)
    assert set(search.all()) == {"file/good", "file/bad"}
    assert good.pk


def test_one_document_that_spoils_a_whole_request_is_found_and_the_others_are_written(
    search: Search, now: datetime
) -> None:
    layout.prepare(search.elastic, [MINE], read=1)
    writings = [
        Writing(index=MINE, id="" if number == 3 else str(number), number=1, body={"brand": "a"})
        for number in range(8)
    ]
    fates = bulk.write(search.elastic, writings)
    assert [fate.is_refused for fate in fates] == [number == 3 for number in range(8)]
    assert len(search.all()) == 7


def test_a_full_disk_makes_the_work_wait_and_nothing_is_put_aside(search: Search, now: datetime) -> None:
    make_indexed(now=now)
    copy_all(now)
    blocked = {"index.blocks.read_only_allow_delete": True}
    search.elastic.indices.put_settings(index="kulanz-mentions-*", settings=blocked)
    Mention.objects.update(text="Neu", indexed_at=None)
    assert copy_all(now) == 0
    how = Copy.objects.get()
    assert "disk usage" in how.error and how.next_try_at is not None and how.next_try_at > now
    assert not DeadLetter.objects.exists()
    blocked = {"index.blocks.read_only_allow_delete": None}
    search.elastic.indices.put_settings(index="kulanz-mentions-*", settings=blocked)
    assert update(now=how.next_try_at - SECOND) == 0
    assert update(now=how.next_try_at) == 1
    assert search.one()["text"] == "Neu"
    assert Copy.objects.get().error == ""


def test_an_index_that_somebody_dropped_is_made_anew(search: Search, now: datetime) -> None:
    mention = make_indexed(now=now)
    copy_all(now)
    search.elastic.indices.delete(index=MINE.name)
    Mention.objects.filter(pk=mention.pk).update(indexed_at=None)
    copy_all(now)
    later = now + timedelta(minutes=1)
    update(now=later)
    assert len(search.all()) == 1


def test_what_was_posted_before_the_months_that_are_kept_is_not_copied(
    search: Search, now: datetime, settings: Any
) -> None:
    settings.ENVIRONMENT = settings.ENVIRONMENT.model_copy(update={"keep_months": 2})
    for native_id, days in (("new", 30), ("old", 60)):
        make_indexed(now=now, native_id=native_id, posted_at=now - timedelta(days=days))
    copy_all(now)
    assert list(search.all()) == ["file/new"]


def test_handles_are_hashed_where_the_brand_wants_that(
    search: Search, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    shy = brand("zehnschritt").model_copy(update={"hash_handles": True})
    monkeypatch.setattr(mentions, "brand", lambda slug: shy)
    mention = make_indexed("@lea schaut mal", now=now)
    Mention.objects.update(url="https://x.example/lea/status/1", indexed_at=None)
    copy_all(now)
    document = search.one()
    assert "lea" not in str({key: value for key, value in document.items() if key != "brand"})
    assert document["text"] == f"@{document['author']} schaut mal"
    assert mention.pk


def make_case(mention: Mention, now: datetime, **columns: Any) -> Case:
    customer = Customer.objects.create(name="Lea", created_at=now)
    columns = {"level": 2, "rank_at": now, "waiting_since": now, "due_at": now + timedelta(hours=1)} | columns
    case = Case.objects.create(
        brand=mention.brand,
        network=mention.network,
        customer=customer,
        latest_mention=mention,
        opened_at=now,
        changed_at=now,
        **columns,
    )
    CaseMention.objects.create(case=case, mention=mention, added_at=now)
    return case


def test_a_case_is_copied_and_breaks_its_promise_when_the_time_has_come(
    search: Search, now: datetime
) -> None:
    case = make_case(make_routed(now=now), now)
    copy_all(now)
    document = search.one(Kind.CASE)
    assert (document["priority"], document["breached"], document["angry"]) == (2, False, True)
    due_at = datetime.fromisoformat(document["first_due_at"])
    update(now=due_at + SECOND)
    assert search.one(Kind.CASE)["breached"] is True
    assert search.one()["case"] == case.pk


def test_an_angry_case_that_closes_with_praise_is_recovered(search: Search, now: datetime) -> None:
    mention = make_routed(now=now)
    case = make_case(mention, now)
    praise = make_routed("Danke!", now=now, posted_at=now + SECOND, sentiment="positive", angry=False)
    CaseMention.objects.create(case=case, mention=praise, added_at=now)
    copy_all(now)
    assert search.one(Kind.CASE)["recovered"] is False
    Case.objects.update(state="resolved", resolved_at=now + SECOND, changed_at=now + SECOND)
    update(now=now + SECOND)
    document = search.one(Kind.CASE)
    assert (document["recovered"], document["state"], document["mentions"]) == (True, "resolved", 2)


def test_sources_are_looked_at_every_few_minutes_by_one_worker(search: Search, now: datetime) -> None:
    make_source(now=now, slug="wall")
    assert update(now=now) == 2
    assert update(now=now + SECOND) == 0
    assert update(now=now + EVERY) == 2
    hours = {document["hour"] for document in search.all(Kind.SOURCE).values()}
    assert hours == {"2026-11-24T09:00:00+00:00", "2026-11-24T10:00:00+00:00"}
