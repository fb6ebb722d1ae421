"""What leads do to topics: give one a name, say that two are one matter, hide one; all of it is recorded."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from django.db import transaction

from responders import audit
from responders.access import refusal_for
from responders.models import Agent
from responders.refusal import Refusal, refuse
from trends.elastic.changes import note_facts
from trends.models import Fact, Topic

LONGEST = 80


def rename(topic_id: int, name: str, *, agent: Agent, now: datetime) -> Topic | Refusal:
    """Give a topic a name that stays; an empty one lets it follow the posts again.

    Raises Topic.DoesNotExist.
    """
    words = " ".join("".join(sign if sign.isprintable() else " " for sign in name).split())[:LONGEST]

    def act(topic: Topic) -> None:
        topic.is_named = bool(words)
        topic.name = words or " · ".join(topic.phrases[:3])[:LONGEST] or topic.name

    return _change(topic_id, "topic_renamed", act, agent=agent, now=now)


def hide(topic_id: int, *, hidden: bool, agent: Agent, now: datetime) -> Topic | Refusal:
    """Take a topic off the list, or put it back; its posts stay with it.

    Raises Topic.DoesNotExist.
    """

    def act(topic: Topic) -> None:
        topic.is_hidden = hidden

    return _change(topic_id, "topic_hidden" if hidden else "topic_shown", act, agent=agent, now=now)


def merge(topic_id: int, into_id: int, *, agent: Agent, now: datetime) -> Topic | Refusal:
    """Let a topic's posts, those that came and those that come, count for another of the brand; returns that.

    Raises Topic.DoesNotExist.
    """
    with transaction.atomic():
        # Not against key share: the stage `topics` names topics in the facts that it holds.
        held = Topic.objects.select_for_update(of=("self",), no_key=True)
        both = held.filter(pk__in=(topic_id, into_id)).order_by("pk").in_bulk()
        if len(both) < 2:
            Topic.objects.get(pk=topic_id if topic_id not in both else into_id)
            return refuse("topic_itself")
        topic, into = both[topic_id], both[into_id]
        if refusal := _refusal(agent, topic):
            return refusal
        if into.brand != topic.brand or into.merged_into_id is not None or topic.merged_into_id is not None:
            return refuse("topic_other")
        topic.merged.update(merged_into=into)
        topic.merged_into = into
        topic.save(update_fields=["merged_into"])
        Fact.objects.filter(topic=topic).update(topic=into)
        note_facts(Fact.objects.filter(topic=into), now=now)
        audit.record("topic_merged", agent=agent, case=None, now=now, topic=topic.pk, into=into.pk)
        return into


def _change(
    topic_id: int, action: str, act: Callable[[Topic], None], *, agent: Agent, now: datetime
) -> Topic | Refusal:
    with transaction.atomic():
        topic = Topic.objects.select_for_update(of=("self",), no_key=True).get(pk=topic_id)
        if refusal := _refusal(agent, topic):
            return refusal
        act(topic)
        topic.save(update_fields=["name", "is_named", "is_hidden"])
        if action == "topic_renamed":
            note_facts(Fact.objects.filter(topic=topic), now=now)
        audit.record(action, agent=agent, case=None, now=now, topic=topic.pk)
        return topic


def _refusal(agent: Agent, topic: Topic) -> Refusal | None:
    return refusal_for(agent, topic) or (None if agent.leads else refuse("not_lead"))
