"""The public side of the demo network: plain web pages on which posts and replies can be seen."""

from __future__ import annotations

from html import escape

from listeners.networks.demo.book import Book, Row
from listeners.networks.demo.items import is_private

_PAGE = """<!doctype html><html lang="de"><meta charset="utf-8"><title>{title}</title>
<meta name="viewport" content="width=device-width, initial-scale=1"><style>
body {{ font: 16px/1.5 system-ui, sans-serif; max-width: 40rem; margin: 2rem auto; padding: 0 1rem;
  background: #f4f5f7; color: #1c2430 }}
article {{ background: #fff; border-radius: 8px; padding: .75rem 1rem; margin: .75rem 0;
  white-space: pre-wrap; overflow-wrap: anywhere }}
article.reply {{ border-left: 4px solid #0f766e; margin-left: 2rem }}
small {{ color: #5b6573 }} img {{ max-width: 100%; border-radius: 6px }} a {{ color: inherit }}
</style><h1>{title}</h1>{posts}</html>"""


def page(book: Book, parts: list[str]) -> str | None:
    """Make the page of a path; None where there is none."""
    match parts:
        case [""]:
            return latest(book)
        case [network, "p", post_id]:
            return conversation(book, network, post_id)
        case [network, at_handle] if at_handle.startswith("@"):
            return profile(book, network, at_handle[1:])
    return None


def latest(book: Book) -> str:
    """Show the newest posts of all networks."""
    posts = "".join(_post(network, row) for network, row in book.latest(60) if not is_private(row.item))
    return _PAGE.format(title="Demo network", posts=posts)


def conversation(book: Book, network: str, post_id: str) -> str | None:
    """Show the conversation around a post; None where there is no such post."""
    row = book.get(network, post_id)
    if row is None or is_private(row.item):
        return None
    thread = [other for other in book.thread(network, row.item["thread_id"]) if not is_private(other.item)]
    posts = "".join(_post(network, other) for other in thread)
    return _PAGE.format(title=f"Demo {escape(network)}", posts=posts)


def profile(book: Book, network: str, handle: str) -> str:
    """Show the newest posts of one account."""
    rows = [
        row
        for name, row in book.latest(1000)
        if name == network and row.item["author"]["handle"] == handle and not is_private(row.item)
    ]
    return _PAGE.format(title=f"@{escape(handle)}", posts="".join(_post(network, row) for row in rows))


def _post(network: str, row: Row) -> str:
    item = row.item
    text = "(deleted)" if item["deleted"] else escape(item["text"])
    photos = "".join(f'<br><img src="/photos/{escape(name)}.jpg" alt="">' for name in item["photos"])
    stars = f" · {'★' * item['rating']}" if item["rating"] else ""
    head = f"{escape(item['author']['name'])} @{escape(item['author']['handle'])} · {network}{stars}"
    link = f'<a href="/{network}/p/{item["id"]}">{item["posted_at"][:16].replace("T", " ")}</a>'
    look = "post" if row.source == "customer" else "reply"
    return f'<article class="{look}"><small>{head} · {link}</small>\n{text}{photos}</article>'
