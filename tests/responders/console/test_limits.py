from __future__ import annotations

from datetime import datetime, timedelta

from django.test import Client

from listeners import budgets
from responders.models import Agent
from responders.send import send
from tests.responders.test_limits import POSTS, Limited, write_replies


def test_the_case_says_until_when_a_reply_waits_for_the_network(
    care: Agent, desk: Client, now: datetime
) -> None:
    (reply,) = write_replies(1, now=now, agent=care)
    budgets.exhaust(POSTS, until=now + timedelta(minutes=30))
    send(now=now, networks=Limited([]))
    text = desk.get(f"/case/{reply.case_id}").content.decode()
    assert "waiting for the network's limit until 11:30" in text
    assert "Take it back" in text
    assert 'id="undo" role' not in text
