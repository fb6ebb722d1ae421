from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from config.environment import read_environment
from listeners.models import Mention
from tests.factories import make_assessment, make_mention, make_source
from tests.trends.elastic.conftest import Search
from tests.trends.topics.posts import APP, PARCEL, SOLE
from trends.copy import copy
from trends.elastic.mapping import Kind
from trends.elastic.nearest import nearest
from trends.index import index
from trends.models import Vector
from trends.similar import LEAST, similar
from trends.topics.place import unpacked
from trends.topics.stage import topics

pytestmark = pytest.mark.django_db


def make_posts(now: datetime) -> Mention:
    """Posts of as many people in the database and in the copy; the last of them is returned."""
    source, private = make_source(now=now), {"kind": Mention.Kind.MESSAGE}
    for at, text in enumerate([*PARCEL, *SOLE, *APP, "Das Paket, das Paket!", "Wo ist mein Paket?"]):
        columns = private if text.startswith("Das Paket, ") else {}
        mention = make_mention(text, now=now, source=source, assessed_at=now, routed_at=now, **columns)
        make_assessment(mention, now=now, language="en" if at // 6 == 2 else "de")
    while index(now=now) + topics(now=now) + copy(now=now):
        pass
    return mention


def test_elasticsearch_and_the_database_find_the_same_posts(
    search: Search, now: datetime, settings: Any, django_assert_num_queries: Any
) -> None:
    mention = make_posts(now)
    assert search.all()
    point = unpacked(Vector.objects.get(mention=mention).values).tolist()
    names = nearest(mention.brand, point, least=LEAST)
    with django_assert_num_queries(5):
        found = similar(mention, limit=3, now=now)
    assert len(found) == 3 and {post.mention for post in found} <= {
        key
        for key, *name in Mention.objects.values_list("pk", "network", "native_id")
        if tuple(name) in names
    }
    assert Mention.objects.get(kind=Mention.Kind.MESSAGE).native_id not in {name for _, name in names}
    assert nearest("another", point, least=LEAST) == set()
    settings.ENVIRONMENT = read_environment()
    assert similar(mention, limit=3, now=now) == found


def test_what_elasticsearch_does_not_have_yet_is_found_in_the_database(search: Search, now: datetime) -> None:
    mention = make_posts(now)
    found = similar(mention, limit=3, now=now)
    (name,) = (name for name in search.names() if name.startswith(Kind.MENTION))
    for key in search.all():
        search.elastic.delete(index=name, id=key)
    assert search.all() == {} and similar(mention, limit=3, now=now) == found != []
