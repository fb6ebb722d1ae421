from __future__ import annotations

import re
from datetime import datetime
from html import unescape

import pytest
from django.test import Client

from listeners.models import Mention
from tests.factories import make_agent, make_assessment, make_mention
from tests.responders.console.conftest import at_desk
from tests.trends.topics.posts import make_facts
from trends.index import index
from trends.models import Fact

pytestmark = pytest.mark.django_db


@pytest.fixture
def marketing() -> Client:
    """The browser of somebody from marketing."""
    return at_desk(make_agent("marketing", language="en"))


def test_marketing_does_not_read_private_messages_and_leads_do(
    marketing: Client, lead_desk: Client, now: datetime
) -> None:
    mention = make_mention("Meine Adresse: Am Markt 1", now=now, kind=Mention.Kind.MESSAGE)
    make_assessment(mention, now=now)
    Mention.objects.update(routed_at=now)
    index(now=now)
    for client, reads in ((marketing, False), (lead_desk, True)):
        text = client.get("/posts").content.decode()
        assert ("Am Markt" in text) is reads and (mention.author.handle in text) is reads
        assert ("A private message" in text) is not reads


def test_posts_of_one_second_are_all_listed(marketing: Client, now: datetime) -> None:
    make_facts([f"Beitrag {number}." for number in range(130)], now=now)
    Fact.objects.update(posted_at=now)
    listed, address = [], "/posts"
    while address:
        text = marketing.get(address).content.decode()
        listed += re.findall(r"Beitrag \d+\.", text)
        found = re.search(r'href="(\?[^"]*before=[^"]*)"', text)
        address = f"/posts{unescape(found[1])}" if found else ""
    assert len(listed) == len(set(listed)) == 130
