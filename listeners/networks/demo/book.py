"""The demo network's own record in SQLite: what is due, what stands there, what was replied."""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

Item = dict[str, Any]
"""A post as the network serves it."""

_COLUMNS = "rowid, seq, source, item, answers"
_SCHEMA = """
CREATE TABLE IF NOT EXISTS facts (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS due (
  key TEXT PRIMARY KEY, at TEXT NOT NULL, action TEXT NOT NULL, body TEXT NOT NULL,
  done INTEGER NOT NULL DEFAULT 0);
CREATE INDEX IF NOT EXISTS due_open ON due (at) WHERE done = 0;
CREATE TABLE IF NOT EXISTS posts (
  id TEXT PRIMARY KEY, seq INTEGER NOT NULL UNIQUE, network TEXT NOT NULL, thread_id TEXT NOT NULL,
  source TEXT NOT NULL CHECK (source IN ('customer', 'brand', 'reply')),
  posted_at TEXT NOT NULL, item TEXT NOT NULL, answers TEXT NOT NULL DEFAULT '{}');
CREATE INDEX IF NOT EXISTS posts_feed ON posts (network, source, seq);
CREATE INDEX IF NOT EXISTS posts_time ON posts (network, posted_at);
CREATE INDEX IF NOT EXISTS posts_thread ON posts (thread_id);
"""


@dataclass(frozen=True, slots=True)
class Due:
    """One thing that happens at a time: "post", "ignored", "edit" or "delete"."""

    key: str
    at: datetime
    action: str
    body: Item


@dataclass(frozen=True, slots=True)
class Row:
    """One post that stands on the network.

    `seq` grows with every change of anything; `number` counts posts and stays the same for ever.
    """

    number: int
    seq: int
    source: str
    item: Item
    answers: Item


class Book:
    """One SQLite file; every method is safe to call from any thread."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._lock = threading.RLock()
        self._db = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.execute("PRAGMA synchronous = NORMAL")
        self._db.executescript(_SCHEMA)

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._db.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Do all or nothing, one thread at a time; may be nested."""
        with self._lock:
            if self._db.in_transaction:
                yield
                return
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                self._db.execute("ROLLBACK")
                raise
            self._db.execute("COMMIT")

    def fact(self, name: str) -> str | None:
        """Return what was noted under a name."""
        rows = self._all("SELECT value FROM facts WHERE name = ?", name)
        return str(rows[0][0]) if rows else None

    def note(self, name: str, value: str) -> None:
        """Note something under a name."""
        self._all("INSERT OR REPLACE INTO facts VALUES (?, ?)", name, value)

    def plan(self, due: Due) -> None:
        """Add something that will happen; a key that is planned already stays as it is."""
        self._all(
            "INSERT OR IGNORE INTO due (key, at, action, body) VALUES (?, ?, ?, ?)",
            due.key, stamp(due.at), due.action, json.dumps(due.body),
        )  # fmt: skip

    def due(self, now: datetime) -> list[Due]:
        """List what should have happened by now and has not, oldest first."""
        rows = self._all(
            "SELECT key, at, action, body FROM due WHERE done = 0 AND at <= ? ORDER BY at, rowid", stamp(now)
        )
        return [
            Due(key, datetime.fromisoformat(at), action, json.loads(body)) for key, at, action, body in rows
        ]

    def done(self, key: str) -> None:
        """Mark something due as having happened."""
        self._all("UPDATE due SET done = 1 WHERE key = ?", key)

    def put(self, network: str, item: Item, *, source: str = "customer", answers: Item | None = None) -> None:
        """Add a post, or set the new state of one, with the next `seq`."""
        self._all(
            "INSERT INTO posts SELECT ?, coalesce(max(seq), 0) + 1, ?, ?, ?, ?, ?, ? FROM posts WHERE true "
            "ON CONFLICT (id) DO UPDATE SET seq = excluded.seq, item = excluded.item",
            item["id"], network, item["thread_id"], source, item["posted_at"], json.dumps(item),
            json.dumps(answers or {}),
        )  # fmt: skip

    def spend(self, post_id: str, answers: Item) -> None:
        """Set which answers the customer still has."""
        self._all("UPDATE posts SET answers = ? WHERE id = ?", json.dumps(answers), post_id)

    def get(self, network: str, post_id: str) -> Row | None:
        """Return one post."""
        rows = self._rows("network = ? AND id = ?", network, post_id)
        return rows[0] if rows else None

    def numbered(self, network: str, number: int) -> Row | None:
        """Return the post of a number."""
        rows = self._rows("network = ? AND rowid = ?", network, number)
        return rows[0] if rows else None

    def newest(self, network: str, *, before: int | None = None, limit: int = -1) -> list[Row]:
        """List what anybody posted, what changed last first; `before` is a `seq`."""
        rows = [
            row
            for source in ("customer", "brand", "reply")
            for row in self._rows(
                "network = ? AND source = ? AND (? IS NULL OR seq < ?) ORDER BY seq DESC LIMIT ?",
                network, source, before, before, limit,
            )
        ]  # fmt: skip
        return sorted(rows, key=lambda row: row.seq, reverse=True)[: limit if limit >= 0 else None]

    def page(self, network: str, number: int, size: int) -> list[Row]:
        """List a page of what anybody posted, the latest first; the first has the number 1."""
        return self._rows(
            "network = ? ORDER BY posted_at DESC, rowid DESC LIMIT ? OFFSET ?",
            network, size, (number - 1) * size,
        )  # fmt: skip

    def before(self, network: str, row: Row | None, limit: int, *, by_arrival: bool = False) -> list[Row]:
        """List what anybody posted before a post, the latest first: by its own time, or as it came."""
        at, number = (row.item["posted_at"], row.number) if row else ("~", 2**62)
        if by_arrival:
            return self._rows("network = ? AND rowid < ? ORDER BY rowid DESC LIMIT ?", network, number, limit)
        return self._rows(
            "network = ? AND (posted_at, rowid) < (?, ?) ORDER BY posted_at DESC, rowid DESC LIMIT ?",
            network, at, number, limit,
        )  # fmt: skip

    def after(self, network: str, seq: int, limit: int) -> list[Row]:
        """List what customers posted, edited or deleted after `seq`, in that order."""
        return self._rows(
            "network = ? AND source = 'customer' AND seq > ? ORDER BY seq LIMIT ?", network, seq, limit
        )

    def thread(self, network: str, thread_id: str) -> list[Row]:
        """List a conversation, oldest first."""
        # The plus keeps SQLite from walking the whole network by time instead of looking the thread up.
        return self._rows("+network = ? AND thread_id = ? ORDER BY posted_at, seq", network, thread_id)

    def replies(self, network: str, *, before: int | None = None, limit: int = -1) -> list[Row]:
        """List the account's replies, newest first; `before` is a `seq`."""
        return self._rows(
            "network = ? AND source = 'reply' AND (? IS NULL OR seq < ?) ORDER BY seq DESC LIMIT ?",
            network, before, before, limit,
        )  # fmt: skip

    def latest(self, limit: int) -> list[tuple[str, Row]]:
        """List the newest posts of all networks, each with its network."""
        rows = self._all(
            f"SELECT network, {_COLUMNS} FROM posts ORDER BY posted_at DESC, seq DESC LIMIT ?", limit
        )
        return [(network, _row(rest)) for network, *rest in rows]

    def all_replies(self) -> list[tuple[str, Row]]:
        """List every reply as posted, oldest first, each with its network."""
        rows = self._all(f"SELECT network, {_COLUMNS} FROM posts WHERE source = 'reply' ORDER BY seq")
        return [(network, _row(rest)) for network, *rest in rows]

    def count_replies(self) -> int:
        """Count the replies that stand, on all networks."""
        return int(self._all("SELECT count(*) FROM posts WHERE source = 'reply'")[0][0])

    def _rows(self, where: str, *values: object) -> list[Row]:
        return [_row(row) for row in self._all(f"SELECT {_COLUMNS} FROM posts WHERE {where}", *values)]

    def _all(self, sql: str, *values: object) -> list[Any]:
        with self._lock:
            return self._db.execute(sql, values).fetchall()


def stamp(at: datetime) -> str:
    """Write a time so that texts sort as times do."""
    return at.isoformat(timespec="microseconds")


def _row(columns: Any) -> Row:
    number, seq, source, item, answers = columns
    return Row(number, seq, source, json.loads(item), json.loads(answers))
