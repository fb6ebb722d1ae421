"""What documents say, before any server sees them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import pytest

from listeners.models import Mention
from responders.models import Case, CaseMention, Customer
from tests.trends.elastic.rows import make_indexed
from trends.elastic.documents import ORIGINS, Draft
from trends.elastic.mapping import Kind
from trends.models import Change, Incident
from trends.topics.stage import topics

pytestmark = pytest.mark.django_db


def body_of(kind: Kind, key: int, *, now: datetime) -> Mapping[str, Any]:
    draft = ORIGINS[kind].drafts([str(key)], now=now)[str(key)]
    assert isinstance(draft, Draft) and draft.body
    return draft.body


def make_case(mention: Mention, *, now: datetime) -> Case:
    case = Case.objects.create(
        brand=mention.brand, network=mention.network, customer=Customer.objects.create(created_at=now),
        latest_mention=mention, level=1, rank_at=now, opened_at=now, waiting_since=now, changed_at=now,
    )  # fmt: skip
    CaseMention.objects.create(case=case, mention=mention, added_at=now)
    return case


def test_a_private_message_is_counted_and_cannot_be_read(now: datetime) -> None:
    mention = make_indexed("Meine Adresse: Am Markt 1", now=now, kind=Mention.Kind.MESSAGE)
    Mention.objects.update(url="https://x.example/lea/1")
    body = body_of(Kind.MENTION, mention.pk, now=now)
    assert body["is_private"] and body["sentiment"] == "negative" and len(body["author"]) == 16
    assert not {"text", "url", "keyphrases"} & set(body) and "lea" not in body["author"]


def test_a_case_that_nobody_waits_for_breaks_no_promise(now: datetime) -> None:
    mention = make_indexed(now=now)
    case = make_case(mention, now=now)
    late = now + timedelta(days=30)
    assert body_of(Kind.CASE, case.pk, now=late)["breached"] is True
    Case.objects.update(hidden=Case.Hidden.CAMPAIGN)
    assert body_of(Kind.CASE, case.pk, now=late)["breached"] is False


@pytest.mark.parametrize(("network", "said"), [("", "all"), ("demo_x", "demo_x")])
def test_an_incident_on_several_networks_stands_in_tables_by_network(
    network: str, said: str, now: datetime
) -> None:
    incident = Incident.objects.create(
        brand="zehnschritt", network=network, kind="negative", window=5, began_at=now, noticed_at=now
    )
    assert body_of(Kind.INCIDENT, incident.pk, now=now)["network"] == said


def test_a_case_is_written_again_when_its_topic_is_known(now: datetime, settings: Any) -> None:
    changed = {"elastic_url": "http://127.0.0.1:9"}
    settings.ENVIRONMENT = settings.ENVIRONMENT.model_copy(update=changed)
    case = make_case(make_indexed(now=now), now=now)
    assert not Change.objects.filter(kind="case").exists()
    topics(now=now)
    assert list(Change.objects.filter(kind="case").values_list("key", flat=True)) == [str(case.pk)]
