from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import numpy as np
import pytest

from config.environment import read_environment
from listeners.models import Mention
from tests.factories import make_author
from tests.needs import need_module
from tests.trends.topics.posts import APP, PARCEL, SOLE, make_facts
from trends.models import Vector
from trends.similar import SAME_WORDS, similar
from trends.topics.stage import topics

pytestmark = pytest.mark.django_db

ASKED = "Wo ist mein Paket? Die Zustellung war für heute versprochen."


def asked(*, now: datetime, after: Sequence[str] = (*PARCEL, *SOLE, *APP)) -> Mention:
    """A mention that asks for a parcel, after others' that have vectors, too."""
    make_facts(after, now=now)
    (fact,) = make_facts([ASKED], now=now)
    assert fact.mention
    Mention.objects.filter(pk=fact.mention.pk).update(author=make_author())
    while topics(now=now):
        pass
    return Mention.objects.get(pk=fact.mention.pk)


def texts(mention: Mention, *, now: datetime, limit: int = 5) -> list[str]:
    found = similar(mention, limit=limit, now=now)
    return [Mention.objects.get(pk=post.mention).text for post in found]


def test_posts_about_the_same_are_found_the_nearest_first(now: datetime) -> None:
    mention = asked(now=now)
    found = similar(mention, limit=3, now=now)
    assert found and {Mention.objects.get(pk=post.mention).text for post in found} <= set(PARCEL)
    assert [post.cosine for post in found] == sorted((post.cosine for post in found), reverse=True)
    assert all(post.cosine < SAME_WORDS for post in found)
    assert found[0].posted_at == Mention.objects.get(pk=found[0].mention).posted_at
    assert texts(mention, now=now, limit=1) == [PARCEL[3]]


def test_copies_in_the_same_words_are_shown_once_and_never_beside_the_post_itself(now: datetime) -> None:
    mention = asked(
        now=now, after=[PARCEL[3], f"{PARCEL[3]} https://a.example/1", f"{PARCEL[3]}!!", f"{ASKED} 123"]
    )
    assert texts(mention, now=now) == [f"{PARCEL[3]}!!"]


@pytest.mark.parametrize(
    "change",
    [
        {"kind": Mention.Kind.MESSAGE},
        {"deleted_at": datetime.fromisoformat("2026-11-24T10:00+00:00")},
        {"author": None},
    ],
)
def test_messages_deleted_posts_and_those_of_the_same_author_are_left_out(
    now: datetime, change: dict[str, Any]
) -> None:
    mention = asked(now=now)
    if "author" in change:
        change = {"author": mention.author}
    Mention.objects.filter(text=PARCEL[3]).update(**change)
    assert PARCEL[3] not in texts(mention, now=now)


def test_another_brands_posts_and_vectors_of_another_model_are_left_out(now: datetime) -> None:
    mention = asked(now=now)
    Vector.objects.filter(mention__text=PARCEL[3]).update(brand="another")
    Vector.objects.filter(mention__text=PARCEL[0]).update(version="another")
    assert not {PARCEL[0], PARCEL[3]} & set(texts(mention, now=now))


def test_a_mention_without_a_vector_or_with_one_that_says_nothing_is_like_none(now: datetime) -> None:
    mention = asked(now=now)
    Vector.objects.filter(mention=mention).update(values=np.zeros(384, np.float16).tobytes())
    assert similar(mention, limit=5, now=now) == []
    Vector.objects.filter(mention=mention).delete()
    assert similar(mention, limit=5, now=now) == []


def test_the_first_post_of_all_is_like_none(now: datetime) -> None:
    assert similar(asked(now=now, after=[]), limit=5, now=now) == []


def test_where_no_elasticsearch_answers_the_database_is_looked_through(now: datetime, settings: Any) -> None:
    need_module("elasticsearch", extra="elastic")
    mention = asked(now=now)
    found = similar(mention, limit=5, now=now)
    settings.ENVIRONMENT = read_environment().model_copy(update={"elastic_url": "http://127.0.0.1:9"})
    assert found and similar(mention, limit=5, now=now) == found
