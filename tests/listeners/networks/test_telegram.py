"""Telegram beyond the contract: groups, media, the token in every address, and updates that are forgotten."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from pytest_httpserver import HTTPServer

from config.media_storage import in_folder
from listeners.contract import Account, OutgoingReply, Page, Post
from listeners.exceptions import Gone, InputError, ListenerError, Malformed, RateLimited, Refused, Unavailable
from listeners.intake import store
from listeners.media import fetch_photos
from listeners.models import Media
from listeners.networks.demo import serve
from listeners.networks.demo.script import Author, Entry, Script
from listeners.networks.fakes.telegram import BOT_ID
from listeners.networks.registry import open_network
from listeners.networks.telegram import Telegram
from listeners.networks.telegram.shapes import FILE, NOBODY_TO_ANSWER
from tests.factories import make_source

SECRET = "AAE-very_secret"
TOKEN = f"4711:{SECRET}"
ME = {"id": 4711, "is_bot": True, "first_name": "Zehnschritt", "username": "zehnschritt_bot"}
KIM = {"id": 77, "is_bot": False, "first_name": "Kim", "last_name": "Weiß", "username": "kim_laeuft"}
GROUP = {"id": -1001234, "type": "supergroup", "title": "Lauftreff", "username": "lauftreff"}
SIZES = [{"file_id": "small", "width": 90}, {"file_id": "L-arge_1", "width": 1280}]
PRIVATE = {**KIM, "type": "private"}


def update(now: datetime, text: str = "Öse gerissen 😡", number: int = 1, **rest: Any) -> dict[str, Any]:
    """An update in Telegram's shape."""
    message = {"message_id": 12, "from": KIM, "chat": PRIVATE, "date": int(now.timestamp()), "text": text}
    return {"update_id": number, rest.pop("kind", "message"): message | rest}


def naming(text: str, name: str = "@zehnschritt_bot", kind: str = "mention") -> list[dict[str, Any]]:
    """Mark a name in a text, counted as Telegram counts."""
    before = text[: text.index(name)].encode("utf-16-le")
    return [{"type": kind, "offset": len(before) // 2, "length": len(name)}]


@pytest.fixture
def session() -> Iterator[httpx.Client]:
    with httpx.Client() as session:
        yield session


def telegram(server: HTTPServer, session: httpx.Client, now: datetime, **settings: Any) -> Telegram:
    account = Account(settings={"base_url": server.url_for(""), **settings}, secrets={"token": TOKEN})
    return Telegram(account, session=session, clock=lambda: now)


def told(server: HTTPServer, method: str, result: Any, status: int = 200) -> None:
    body = result if status != 200 else {"ok": True, "result": result}
    server.expect_request(f"/bot{TOKEN}/{method}").respond_with_json(body, status=status)


def the_page(
    server: HTTPServer, session: httpx.Client, now: datetime, *updates: Any, **settings: Any
) -> Page:
    told(server, "getMe", ME)
    told(server, "getUpdates", list(updates))
    return telegram(server, session, now, **settings).fetch("")


def the_post(
    server: HTTPServer, session: httpx.Client, now: datetime, *updates: Any, **settings: Any
) -> Post:
    (post,) = the_page(server, session, now, *updates, **settings).posts
    return post


def a_script(photo: str = "") -> Script:
    """One message of one person."""
    person = Author.model_validate({"network": "telegram", "name": "Kim"})
    return Script({"kim": person}, {"a": Entry(by="kim", at=0, text="Öse gerissen", photo=photo)})


def answer(now: datetime, text: str = "Das tut uns leid.") -> OutgoingReply:
    return OutgoingReply(
        key="k", mention_id="77:12", thread_id="77:12", author_id="77", text=text, first_tried_at=now
    )


def test_what_a_person_writes_to_the_bot_is_a_message(
    httpserver: HTTPServer, session: httpx.Client, now: datetime
) -> None:
    post = the_post(httpserver, session, now, update(now))
    assert (post.native_id, post.kind, post.text) == ("77:12", "message", "Öse gerissen 😡")
    assert (post.author.native_id, post.author.handle, post.author.name) == ("77", "kim_laeuft", "Kim Weiß")
    assert (post.posted_at, post.can_reply, post.url) == (now, True, "https://t.me/kim_laeuft")


def test_a_person_without_a_name_of_their_own_has_no_address(
    httpserver: HTTPServer, session: httpx.Client, now: datetime
) -> None:
    chat = {"id": 78, "type": "private"}
    nameless = update(now)["message"] | {"from": {"id": 78, "first_name": "Jo"}, "chat": chat}
    post = the_post(httpserver, session, now, update(now) | {"message": nameless})
    assert (post.url, post.author.handle, post.author.profile_url) == ("", "", "")


def test_of_a_group_only_what_is_meant_for_the_bot_is_taken(
    httpserver: HTTPServer, session: httpx.Client, now: datetime
) -> None:
    named, hidden, command = (
        "👟👟 Hallo @zehnschritt_bot!",
        "Frag Zehnschritt",
        "/hilfe@Zehnschritt_BOT bitte",
    )
    updates = [
        update(now, "Wer läuft morgen?", 1, chat=GROUP),
        update(now, named, 2, chat=GROUP, entities=naming(named)),
        update(
            now,
            "@zehnschritt_bot_fan",
            3,
            chat=GROUP,
            entities=[{"type": "mention", "offset": 0, "length": 20}],
        ),
        update(
            now,
            hidden,
            4,
            chat=GROUP,
            entities=[{"type": "text_mention", "offset": 5, "length": 11, "user": ME}],
        ),
        update(
            now, command, 5, chat=GROUP, entities=naming(command, "/hilfe@Zehnschritt_BOT", "bot_command")
        ),
        update(now, "Ja, 43", 6, chat=GROUP, reply_to_message={"message_id": 9, "from": ME, "date": 1}),
        update(now, "Ja, 44", 7, chat=GROUP, reply_to_message={"message_id": 8, "from": KIM, "date": 1}),
        update(now, "am Ende", 8, chat=GROUP, entities=[{"type": "mention", "offset": 900, "length": 9}]),
    ]
    page = the_page(httpserver, session, now, *updates)
    assert [post.text for post in page.posts] == [named, hidden, command, "Ja, 43"]
    assert page.posts[-1].parent_id == page.posts[-1].thread_id == "-1001234:9"
    assert page.posts[0].url == "https://t.me/lauftreff/12"
    assert json.loads(page.cursor)["offset"] == 9


def test_all_of_a_group_is_taken_where_that_is_wished(
    httpserver: HTTPServer, session: httpx.Client, now: datetime
) -> None:
    closed = {"id": -1009, "type": "supergroup", "title": "Intern"}
    post = the_post(httpserver, session, now, update(now, "Egal", chat=closed), all_of_groups=True)
    assert (post.text, post.url) == ("Egal", "https://t.me/c/9/12")


def test_channels_and_service_messages_are_passed_over(
    httpserver: HTTPServer, session: httpx.Client, now: datetime
) -> None:
    joined = update(now, "", 5, new_chat_members=[KIM])
    channel = update(now, "Neu im Laden", 6, chat={"id": -1005, "type": "channel", "title": "Laden"})
    page = the_page(httpserver, session, now, joined, channel, {"update_id": 7, "poll": {"id": "1"}})
    assert (page.posts, page.rejects) == ((), ())
    assert json.loads(page.cursor)["offset"] == 8


def test_who_writes_as_a_group_or_channel_is_not_answered(
    httpserver: HTTPServer, session: httpx.Client, now: datetime
) -> None:
    post = the_post(httpserver, session, now, update(now, chat=GROUP, sender_chat=GROUP), all_of_groups=True)
    assert (post.can_reply, post.cannot_reply_reason) == (False, NOBODY_TO_ANSWER)
    assert (post.author.native_id, post.author.name) == ("-1001234", "Lauftreff")


@pytest.mark.parametrize(
    ("media", "text", "file_ids"),
    [
        ({"photo": SIZES, "caption": "So sieht sie aus"}, "So sieht sie aus", ["L-arge_1"]),
        ({"photo": SIZES[:1]}, "📷", ["small"]),
        ({"photo": ["odd", {"width": 9}, {"file_id": "../x"}, {"file_id": "B", "width": "9"}]}, "📷", ["B"]),
        ({"voice": {"file_id": "B", "duration": 4}}, "🎤", []),
        ({"sticker": {"file_id": "C", "emoji": "😡"}}, "😡", []),
    ],
)
def test_a_picture_without_words_arrives_and_no_address_with_the_token_is_kept(
    httpserver: HTTPServer,
    session: httpx.Client,
    now: datetime,
    media: dict[str, Any],
    text: str,
    file_ids: list[str],
) -> None:
    post = the_post(httpserver, session, now, update(now, "", **media))
    assert (post.text, [photo.url for photo in post.photos]) == (text, [FILE + one for one in file_ids])
    assert SECRET not in repr(post)


def test_where_a_picture_lies_is_asked_when_it_is_fetched(
    httpserver: HTTPServer, session: httpx.Client, now: datetime
) -> None:
    told(httpserver, "getFile", {"file_id": "A", "file_path": "photos/file_7.jpg"})
    found = telegram(httpserver, session, now).photo_url(f"{FILE}A")
    assert found == httpserver.url_for(f"/file/bot{TOKEN}/photos/file_7.jpg")
    assert httpserver.log[0][0].args["file_id"] == "A"


@pytest.mark.parametrize("path", ["../../etc/passwd", "//evil.example/x", "a/../b.jpg", "x?y", "", None, 7])
def test_a_path_that_leads_elsewhere_is_refused(
    httpserver: HTTPServer, session: httpx.Client, now: datetime, path: Any
) -> None:
    told(httpserver, "getFile", {"file_path": path})
    with pytest.raises(Malformed):
        telegram(httpserver, session, now).photo_url(f"{FILE}A")


def test_a_file_that_telegram_does_not_know_any_more_is_gone(
    httpserver: HTTPServer, session: httpx.Client, now: datetime
) -> None:
    refusal = {"ok": False, "error_code": 400, "description": "Bad Request: invalid file_id"}
    told(httpserver, "getFile", refusal, status=400)
    with pytest.raises(Gone):
        telegram(httpserver, session, now).photo_url(f"{FILE}A")
    with pytest.raises(Gone):
        telegram(httpserver, session, now).photo_url("https://evil.example/A")


@pytest.mark.django_db
def test_a_picture_is_fetched_from_the_stand_in_and_the_token_stands_nowhere(
    tmp_path: Path, now: datetime, monkeypatch: pytest.MonkeyPatch, settings: Any, caplog: Any
) -> None:
    settings.STORAGES = settings.STORAGES | {"default": in_folder(tmp_path / "media")}
    monkeypatch.setenv("KULANZ_SECRET_BOT__TOKEN", token := f"{BOT_ID}:demo")
    caplog.set_level(logging.DEBUG)
    with serve(tmp_path / "book", clock=lambda: now, script=a_script(photo="worn-heel")) as server:
        base_url = f"{server.url}/fakes/telegram"
        source = make_source(now=now, slug="bot", network="telegram", settings={"base_url": base_url})
        store(open_network(source, clock=lambda: now).fetch(""), source=source, now=now)
        fetch_photos(now=now)
        media = Media.objects.get()
        assert (media.file[-4:], media.error, media.url[: len(FILE)]) == (".jpg", "", FILE)
        Media.objects.update(next_fetch_at=now, file="", url=f"{FILE}unknown")
        fetch_photos(now=now)
    media.refresh_from_db()
    assert "no longer on Telegram" in media.error
    assert token not in caplog.text + str(Media.objects.values())


def test_an_edited_message_keeps_its_number_and_a_very_long_one_is_whole(
    httpserver: HTTPServer, session: httpx.Client, now: datetime
) -> None:
    edited = int((now + timedelta(minutes=5)).timestamp())
    page = the_page(
        httpserver,
        session,
        now,
        update(now, "Schade", 1, kind="edited_message", edit_date=edited),
        update(now, "Sehr lang 😡 " * 400, 2, message_id=13),
    )
    first, long = page.posts
    assert (first.native_id, first.edited_at) == ("77:12", now + timedelta(minutes=5))
    assert len(long.text) > 4000


def test_an_update_that_cannot_be_read_is_set_aside_and_the_cursor_moves_past_it(
    httpserver: HTTPServer, session: httpx.Client, now: datetime
) -> None:
    broken = {"update_id": 41, "message": {"message_id": 1}}
    page = the_page(httpserver, session, now, broken, update(now, number=40), "rubbish", {"message": None})
    assert [post.native_id for post in page.posts] == ["77:12"]
    assert [reject.where for reject in page.rejects] == ["page, item 1", "page, item 3"]
    assert json.loads(page.cursor)["offset"] == 42
    network = telegram(httpserver, session, now)
    assert network.read(json.dumps(update(now))).native_id == "77:12"
    for payload in ("rubbish", "[]", '{"poll": {}}', page.rejects[0].payload):
        with pytest.raises(Malformed):
            network.read(payload)


def test_updates_wait_until_the_next_fetch_confirms_them_and_a_check_takes_none(
    session: httpx.Client, now: datetime, tmp_path: Path
) -> None:
    with serve(tmp_path / "book", clock=lambda: now, script=a_script()) as server:
        settings = {"base_url": f"{server.url}/fakes/telegram"}
        account = Account(settings=settings, secrets={"token": f"{BOT_ID}:demo"})
        network = Telegram(account, session=session, clock=lambda: now)
        assert network.check().ok
        first = network.fetch("")
        assert len(first.posts) == 1
        assert network.fetch("") == first
        assert network.fetch(first.cursor).posts == ()
        assert network.fetch("").posts == ()


@pytest.mark.parametrize(
    ("status", "description", "fault"),
    [
        (409, "Conflict: can't use getUpdates method while webhook is active", Refused),
        (409, "Conflict: terminated by other getUpdates request", Unavailable),
        (403, "Forbidden: bot was blocked by the user", Refused),
        (400, "Bad Request: message to be replied not found", Gone),
        (400, "Bad Request: chat not found", Gone),
        (400, "Bad Request: group chat was upgraded to a supergroup chat", Refused),
    ],
)
def test_each_refusal_says_what_telegram_said(
    httpserver: HTTPServer,
    session: httpx.Client,
    now: datetime,
    status: int,
    description: str,
    fault: type[ListenerError],
) -> None:
    body = {"ok": False, "error_code": status, "description": description}
    told(httpserver, "sendMessage", body, status)
    with pytest.raises(fault):
        telegram(httpserver, session, now).send(answer(now))


@pytest.mark.parametrize(
    ("seconds", "used_up"), [(35, False), (50_000, True), (True, False), ("35", False), (None, False)]
)
def test_a_pause_stands_in_the_body(
    httpserver: HTTPServer, session: httpx.Client, now: datetime, seconds: Any, used_up: bool
) -> None:
    body = {"ok": False, "error_code": 429, "description": "x", "parameters": {"retry_after": seconds}}
    told(httpserver, "getMe", body, 429)
    with pytest.raises(RateLimited) as caught:
        telegram(httpserver, session, now).fetch("")
    is_time = isinstance(seconds, int) and not isinstance(seconds, bool)
    assert caught.value.retry_at == (now + timedelta(seconds=seconds) if is_time else None)
    assert ("used up" in str(caught.value)) == used_up


def test_the_token_stands_in_no_log_and_no_fault(
    httpserver: HTTPServer, session: httpx.Client, now: datetime, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    told(httpserver, "getMe", {"ok": False, "description": "Unauthorized"}, 401)
    network = telegram(httpserver, session, now)
    health = network.check()
    httpserver.clear()
    with pytest.raises(ListenerError) as caught:
        network.fetch("")
    own = [record.getMessage() for record in caplog.records if record.name != "werkzeug"]
    for told_text in (repr(health), repr(caught.value), repr(caught.value.__cause__), *own):
        assert SECRET not in told_text


@pytest.mark.parametrize("token", ["", "no-number", "4711:", "4711:a/../b", "4711:a\nb"])
def test_a_token_that_is_none_is_not_sent(
    httpserver: HTTPServer, session: httpx.Client, now: datetime, token: str
) -> None:
    account = Account(settings={"base_url": httpserver.url_for("")}, secrets={"token": token})
    with pytest.raises(InputError, match="BotFather"):
        Telegram(account, session=session, clock=lambda: now).fetch("")
    assert httpserver.log == []


def test_lengths_count_as_telegram_counts() -> None:
    assert [Telegram.length(text) for text in ("ü", "👟", "👨‍👩‍👧")] == [1, 2, 8]


def test_numbers_that_begin_anew_after_a_quiet_week_are_followed(
    httpserver: HTTPServer, session: httpx.Client, now: datetime
) -> None:
    told(httpserver, "getMe", ME)
    told(httpserver, "getUpdates", [update(now, number=727_334_708)])
    before = telegram(httpserver, session, now).fetch("")
    httpserver.clear()
    later = now + timedelta(days=8)
    told(httpserver, "getUpdates", [update(later, "Hallo?", number=117_314_199)])
    page = telegram(httpserver, session, later).fetch(before.cursor)
    assert [post.text for post in page.posts] == ["Hallo?"]
    assert "offset" not in httpserver.log[-1][0].args
    telegram(httpserver, session, later).fetch(page.cursor)
    assert httpserver.log[-1][0].args["offset"] == "117314200"


def test_within_a_quiet_week_what_was_read_stays_confirmed(
    httpserver: HTTPServer, session: httpx.Client, now: datetime
) -> None:
    told(httpserver, "getMe", ME)
    told(httpserver, "getUpdates", [update(now, number=7)])
    cursor = telegram(httpserver, session, now).fetch("").cursor
    httpserver.clear()
    told(httpserver, "getUpdates", [])
    for day in (1, 3, 5):
        cursor = telegram(httpserver, session, now + timedelta(days=day)).fetch(cursor).cursor
        assert httpserver.log[-1][0].args["offset"] == "8"
