from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from listeners.models import Context, ContextPost, Conversation
from responders.models import Agent, Case, Reply
from responders.route import route
from tests.responders.console.conftest import HTMX
from tests.responders.desk import make_case, make_post

MINUTE = timedelta(minutes=1)


def with_thread(now: datetime, **columns: Any) -> tuple[Case, Conversation]:
    """A case whose mention answers Kim, who answered us."""
    columns = {"parent_id": "k2", "thread_id": "z1"} | columns
    case = make_case(now=now, text="Bei mir auch!", native_id="n3", **columns)
    mention = case.latest_mention
    conversation = Conversation.objects.create(
        brand=case.brand, network=case.network, native_id="z1", source=mention.source, fetched_at=now
    )
    Context.objects.create(mention=mention, conversation=conversation)
    add(conversation, "z1", now - 9 * MINUTE, handle="zehnschritt", text="Neu: Gleit 4", is_own=True)
    add(
        conversation,
        "k2",
        now - 8 * MINUTE,
        handle="kim",
        text="Hält <b>zwei</b> Wochen",
        parent_id="z1",
        url="https://x.example/k2",
    )
    return case, conversation


def add(conversation: Conversation, native_id: str, at: datetime, **columns: Any) -> None:
    ContextPost.objects.create(conversation=conversation, native_id=native_id, posted_at=at, **columns)


def shown(client: Client, case: Case) -> str:
    return " ".join(client.get(f"/case/{case.pk}").content.decode().split())


def test_what_a_post_answers_stands_above_it_in_one_line_and_the_rest_is_folded(
    desk: Client, now: datetime
) -> None:
    case, _ = with_thread(now)
    text = shown(desk, case)
    folded, line, post = (text.index(part) for part in ("2 posts before", 'class="cited"', 'id="post-'))
    assert folded < text.index("Neu: Gleit 4") < line < post
    assert text.count("Hält &lt;b&gt;zwei&lt;/b&gt; Wochen") == 2
    cited = text[line : text.index("</p>", line)]
    assert "answers" in cited and "@kim" in cited
    assert 'href="https://x.example/k2"' in text


def test_our_own_posts_are_marked_as_ours(desk: Client, now: datetime) -> None:
    case, _ = with_thread(now, parent_id="z1")
    text = shown(desk, case)
    ours = text[text.index('<li class="ours">') :]
    assert "Zehnschritt</b>" in ours[: ours.index("</li>")] and ">ours<" in ours[: ours.index("</li>")]
    cited = text[text.index('class="cited"') :]
    assert ">ours<" in cited[: cited.index("</p>")] and "Neu: Gleit 4" in cited[: cited.index("</p>")]


def test_what_a_post_quotes_says_so(desk: Client, now: datetime) -> None:
    case, conversation = with_thread(now, parent_id="", thread_id="n3", quoted_id="q9")
    add(conversation, "q9", now - MINUTE, handle="noa", text="Bester Schuh")
    text = shown(desk, case)
    cited = text[text.index('class="cited"') :]
    assert "quotes" in cited[: cited.index("</p>")] and "Bester Schuh" in cited[: cited.index("</p>")]


def test_a_deleted_post_leaves_a_sentence(desk: Client, now: datetime) -> None:
    case, _ = with_thread(now)
    ContextPost.objects.filter(native_id="k2").update(text="", handle="", url="", deleted=True)
    assert shown(desk, case).count("This post was deleted.") == 2


def test_posts_that_the_case_itself_shows_are_not_shown_twice(
    care: Agent, desk: Client, now: datetime
) -> None:
    case, conversation = with_thread(now)
    author = case.latest_mention.author
    Reply.objects.create(
        case=case,
        mention=case.latest_mention,
        agent=care,
        text="Das tut uns leid",
        state=Reply.State.SENT,
        native_id="r4",
        sent_at=now,
        created_at=now,
        next_attempt_at=now,
        form_key=uuid4(),
    )
    add(conversation, "n3", now, handle="runner", text="Bei mir auch!", parent_id="k2")
    add(conversation, "r4", now, handle="zehnschritt", text="Das tut uns leid", parent_id="n3", is_own=True)
    add(conversation, "s5", now + MINUTE / 2, handle="sam", text="Danke für nichts", parent_id="n3")
    later = make_post(
        "Und jetzt?", now=now + MINUTE, author=author, native_id="n6", parent_id="r4", thread_id="z1"
    )
    Context.objects.create(mention=later, conversation=conversation)
    route(now=now + MINUTE)
    text = shown(desk, case)
    assert "2 posts before this" in text and "1 post before this" in text
    assert (
        text.index("1 post before this")
        < text.index("Danke für nichts")
        < text.index(f'id="post-{later.pk}"')
    )
    assert text.count("Das tut uns leid") == 1 and text.count('class="cited"') == 1


def test_a_deleted_mention_shows_no_context(desk: Client, now: datetime) -> None:
    case, _ = with_thread(now)
    type(case.latest_mention).objects.update(deleted_at=now, text="")
    text = shown(desk, case)
    assert "posts before this" not in text and "Neu: Gleit 4" not in text


def test_an_open_page_hears_that_context_came(desk: Client, now: datetime) -> None:
    case, conversation = with_thread(now)
    Conversation.objects.update(fetched_at=None)
    ContextPost.objects.all().delete()
    address = shown(desk, case).split('id="pulse" hidden hx-get="')[1].split('"')[0].replace("&amp;", "&")
    assert desk.get(address, headers=HTMX).status_code == 204
    add(conversation, "k2", now, handle="kim", text="Hält zwei Wochen")
    Conversation.objects.update(fetched_at=now)
    assert "Hält zwei Wochen" in desk.get(address, headers=HTMX).content.decode()


@pytest.mark.parametrize(("language", "words"), [("en", "2 posts before this"), ("de", "2 Beiträge davor")])
def test_the_fold_speaks_both_languages(
    care: Agent, desk: Client, now: datetime, language: str, words: str
) -> None:
    Agent.objects.update(language=language)
    case, _ = with_thread(now)
    assert words in shown(desk, case)


def test_many_mentions_with_context_ask_no_more_questions(desk: Client, now: datetime) -> None:
    case, conversation = with_thread(now)

    def questions() -> int:
        with CaptureQueriesContext(connection) as asked:
            shown(desk, case)
        return len(asked)

    few = questions()
    for number in range(9):
        post = make_post(f"Nr. {number}", now=now, author=case.latest_mention.author, parent_id="k2")
        Context.objects.create(mention=post, conversation=conversation)
        add(conversation, f"c{number}", now - MINUTE, handle="kim", text="Hm")
    route(now=now)
    assert questions() == few
