from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

import pytest
from pytest_httpserver import HTTPServer

from listeners.contract import Account, Page
from listeners.exceptions import AuthFault, Gone, Malformed, RateLimited, Unavailable
from listeners.guard import guarded_session
from listeners.networks.feed import Feed
from tests.conftest import NOW

RSS = """<?xml version="1.0" encoding="UTF-8"?>
<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/"><channel>
<title>Laufblatt</title><language>de</language>
<item><title>Zehnschritt ruft Schuhe zurück</title><link>https://laufblatt.example/1</link>
<guid isPermaLink="false">17</guid><pubDate>Mon, 23 Nov 2026 08:00:00 +0100</pubDate>
<content:encoded><![CDATA[<p>Die <b>Öse</b> reißt.</p><script>alert(1)</script>
<p>Mehr &amp; mehr.</p>]]></content:encoded>
<enclosure url="https://laufblatt.example/1.jpg" type="image/jpeg" length="1"/></item>
<item><title>Ohne alles</title><link>https://laufblatt.example/2</link></item>
<item><guid>leer</guid></item>
</channel></rss>"""
ATOM = """<feed xmlns="http://www.w3.org/2005/Atom"><title>Foren</title><entry><id>tag:foren.example,2026:1</id>
<title type="html">Zehnschritt &amp;lt;3</title><author><name>jana</name></author>
<published>2026-11-20T10:00:00Z</published><updated>2026-11-21T10:00:00Z</updated>
<summary>Toller Schuh</summary></entry></feed>"""


def feed(server: HTTPServer, path: str = "/feed") -> Feed:
    account = Account(source="news", query=server.url_for(path))
    return Feed(account, session=guarded_session(loopback=True), clock=lambda: NOW)


def fetched(server: HTTPServer, body: str | bytes, **answer: object) -> Page:
    server.expect_request("/feed").respond_with_data(body, **answer)  # type: ignore[arg-type]
    return feed(server).fetch("")


def test_an_rss_feed_becomes_posts(httpserver: HTTPServer) -> None:
    page = fetched(httpserver, RSS, content_type="application/rss+xml")
    first, second = page.posts
    assert first.text == "Zehnschritt ruft Schuhe zurück\n\nDie Öse reißt.\n\nMehr & mehr."
    assert first.posted_at == datetime(2026, 11, 23, 7, tzinfo=UTC)
    assert first.native_id == httpserver.url_for("/feed") + "#17"
    assert (first.author.handle, first.language, first.can_reply) == ("Laufblatt", "de", False)
    assert [photo.url for photo in first.photos] == ["https://laufblatt.example/1.jpg"]
    assert (second.text, second.posted_at) == ("Ohne alles", NOW)
    assert [reject.reason for reject in page.rejects] == ["The entry has neither title nor text."]


def test_an_entry_without_an_id_has_the_same_one_each_time(httpserver: HTTPServer) -> None:
    first, again = (fetched(httpserver, RSS).posts[1].native_id for _ in range(2))
    assert first == again


def test_an_atom_feed_becomes_posts_with_their_edits(httpserver: HTTPServer) -> None:
    (post,) = fetched(httpserver, ATOM).posts
    assert post.native_id == "tag:foren.example,2026:1"
    assert post.author.handle == "jana"
    assert post.edited_at == post.posted_at + timedelta(days=1)


def test_a_feed_that_did_not_change_is_not_sent_again(httpserver: HTTPServer) -> None:
    httpserver.expect_ordered_request("/feed").respond_with_data(RSS, headers={"ETag": '"a"'})
    unchanged = {"If-None-Match": '"a"'}
    httpserver.expect_ordered_request("/feed", headers=unchanged).respond_with_data("", status=304)
    page = feed(httpserver).fetch("")
    again = feed(httpserver).fetch(page.cursor)
    assert (again.posts, again.cursor) == ((), page.cursor)
    httpserver.check_assertions()


def test_the_encoding_that_the_server_names_is_believed(httpserver: HTTPServer) -> None:
    body = RSS.replace('encoding="UTF-8"', "").encode("latin-1")
    page = fetched(httpserver, body, content_type="text/xml; charset=iso-8859-1")
    assert "zurück" in page.posts[0].text


@pytest.mark.parametrize(
    ("status", "fault"),
    [(401, AuthFault), (403, AuthFault), (404, Gone), (410, Gone), (500, Unavailable), (418, Malformed)],
)
def test_each_status_is_its_fault(httpserver: HTTPServer, status: int, fault: type[Exception]) -> None:
    with pytest.raises(fault):
        fetched(httpserver, "", status=status)


@pytest.mark.parametrize(
    ("header", "pause"),
    [("120", timedelta(minutes=2)), ("Tue, 24 Nov 2026 10:05:00 GMT", timedelta(minutes=5)), ("soon", None)],
)
def test_a_pause_that_is_asked_for_is_understood(
    httpserver: HTTPServer, header: str, pause: timedelta | None
) -> None:
    with pytest.raises(RateLimited) as fault:
        fetched(httpserver, "", status=429, headers={"Retry-After": header})
    assert fault.value.retry_at == (NOW + pause if pause else None)


@pytest.mark.parametrize("body", ["<html><body>Nothing here</body></html>", "", "{}", b"\x00\xff\xfe"])
def test_what_is_no_feed_is_said_so(httpserver: HTTPServer, body: str | bytes) -> None:
    with pytest.raises(Malformed, match="neither RSS nor Atom"):
        fetched(httpserver, body)
    assert not feed(httpserver).check().ok


def test_entities_that_multiply_do_not(httpserver: HTTPServer) -> None:
    entities = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 10))
    bomb = f'<?xml version="1.0"?><!DOCTYPE rss [<!ENTITY e0 "boom">{entities}]>'
    bomb += '<rss version="2.0"><channel><item><title>&e9;</title><guid>1</guid></item></channel></rss>'
    started = time.monotonic()
    try:
        page = fetched(httpserver, bomb)
    except Malformed:
        page = Page(posts=(), cursor="")
    assert time.monotonic() - started < 5
    assert all(len(post.text) < 300_000 for post in page.posts)


def test_files_of_this_machine_are_not_read_into_posts(httpserver: HTTPServer) -> None:
    body = RSS.replace("<rss", '<!DOCTYPE rss [<!ENTITY f SYSTEM "file:///etc/passwd">]><rss', 1)
    page = fetched(httpserver, body.replace("Ohne alles", "Ohne &f; alles"))
    assert "root:" not in "".join(post.text for post in page.posts)


def test_check_counts_the_entries(httpserver: HTTPServer) -> None:
    httpserver.expect_request("/feed").respond_with_data(RSS)
    assert feed(httpserver).check().message == "The feed has 2 entries."
