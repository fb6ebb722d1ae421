"""Back-filled mentions never trigger an automatic message."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from listeners import gaps
from listeners.intake import store
from listeners.models import Gap, Mention, Source
from responders.automatic import refusal_of_automatic
from responders.models import Case, Reply
from responders.route import route
from responders.send import send
from tests.factories import make_assessment, make_mention, make_source
from tests.listeners.posts import make_page, make_post

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("config", "listeners", "sentiment", "responders", "trends", "dags")
MINUTE = timedelta(minutes=1)


@pytest.fixture
def unheard(now: datetime, db: None) -> Source:
    """A source that nobody listened to for half an hour, until now."""
    source = make_source(now=now, network="demo_x", last_success_at=now - 30 * MINUTE)
    gaps.begin(source, Gap.Reason.STOPPED, now=now)
    gaps.end(source, now=now)
    return source


def stored(native_id: str, posted_at: datetime, source: Source, *, now: datetime) -> Mention:
    store(make_page(make_post(native_id, posted_at=posted_at)), source=source, now=now)
    return Mention.objects.get(native_id=native_id)


def test_what_came_late_through_a_gap_is_refused_with_its_times(unheard: Source, now: datetime) -> None:
    late = stored("late", now - 20 * MINUTE, unheard, now=now)
    assert str(refusal_of_automatic(late)) == (
        "It was posted 11/24/2026, 10:40 and came only 11/24/2026, 11:00; a person answers what came late."
    )


def test_history_is_refused_and_what_came_in_time_is_not(unheard: Source, now: datetime) -> None:
    old = stored("old", now - timedelta(days=4), unheard, now=now)
    prompt = stored("prompt", now - timedelta(seconds=5), unheard, now=now)
    assert (refusal_of_automatic(old) is None, refusal_of_automatic(prompt)) == (False, None)


def test_a_post_that_came_late_gets_a_case_and_no_message(now: datetime, db: None) -> None:
    make_assessment(make_mention(now=now, is_backfill=True), now=now)
    while route(now=now) or send(now=now):
        pass
    assert (Case.objects.count(), Reply.objects.count()) == (1, 0)


def makers_of_replies() -> Iterator[tuple[str, str, bool]]:
    """Yield each function of the house that writes replies: module, name, and whether it takes an agent."""
    for path in (
        path for room in ROOMS for path in (ROOT / room).rglob("*.py") if "migrations" not in path.parts
    ):
        for function in ast.walk(ast.parse(path.read_text())):
            if isinstance(function, ast.FunctionDef) and any(map(_makes_replies, ast.walk(function))):
                takes_agent = any(
                    argument.arg == "agent" and ast.unparse(argument.annotation or argument) == "Agent"
                    for argument in function.args.kwonlyargs
                )
                yield str(path.relative_to(ROOT)), function.name, takes_agent


def _makes_replies(node: ast.AST) -> bool:
    made = ("create", "bulk_create", "get_or_create", "update_or_create")
    return isinstance(node, ast.Call) and ast.unparse(node.func) in {f"Reply.objects.{way}" for way in made}


def test_a_person_stands_behind_every_reply() -> None:
    found = list(makers_of_replies())
    assert found, "the outbox writes replies"
    assert [maker for maker in found if not maker[2]] == [], (
        "ask refusal_of_automatic first, and be named here"
    )
    assert not Reply._meta.get_field("agent").null
