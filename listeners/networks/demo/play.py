"""The life of the demo network: posts appear when their time has come, customers answer replies."""

from __future__ import annotations

from datetime import datetime, timedelta

from listeners.contract import Clock
from listeners.networks.demo.book import Book, Due, Item, Row, stamp
from listeners.networks.demo.customers import Meaning, understand
from listeners.networks.demo.items import brand_reply, follow_up, native_id, scripted, talk_with
from listeners.networks.demo.script import Entry, Script, is_brand, thread_root


class Play:
    """Plays a script into a book; `speed` is story minutes per real minute."""

    def __init__(self, book: Book, *, clock: Clock, speed: float) -> None:
        self.book = book
        self.clock = clock
        self.speed = speed

    def begin(self, script: Script) -> None:
        """Plan the whole script, unless the book was begun before: then it goes on where it was."""
        with self.book.transaction():
            if self.book.fact("started_at"):
                return
            self.book.note("started_at", stamp(self.clock()))
            self.add(script)

    def add(self, script: Script) -> None:
        """Plan a script from now on; a post of a name that was planned before is left out."""
        start = self.clock()
        with self.book.transaction():
            for name, entry in script.posts.items():
                self._plan_post(script, name, entry, start)
                self._plan_changes(script, name, entry, start)

    def advance(self) -> None:
        """Let everything happen whose time has come."""
        with self.book.transaction():
            for due in self.book.due(self.clock()):
                _HAPPENINGS[due.action](self, due, due.body["network"])
                self.book.done(due.key)

    def receive(self, network: str, mention: Row, text: str) -> Item:
        """Post the brand's reply to a mention and plan what its author answers."""
        now = self.clock()
        with self.book.transaction():
            number = self.book.count_replies() + 1
            item = brand_reply(self.native_id(network, f"reply/{number}"), text, now, mention.item)
            self.book.put(network, item, source="reply")
            self._plan_answer(network, mention, item, now)
        return item

    def receive_privately(self, network: str, mention: Row, text: str) -> Item:
        """Take a message of the brand to the author of a mention; it stands in a conversation of its own."""
        with self.book.transaction():
            number = self.book.count_replies() + 1
            item = brand_reply(self.native_id(network, f"reply/{number}"), text, self.clock(), mention.item)
            private = {"kind": "message", "thread_id": talk_with(mention.item["author"]["id"])}
            self.book.put(network, item | private, source="reply")
        return item | private

    def native_id(self, network: str, name: str) -> str:
        """Make the id of something of this run; another run has others for the same script."""
        return native_id(network, f"{self.book.fact('started_at')}/{name}")

    def _plan_post(self, script: Script, name: str, entry: Entry, start: datetime) -> None:
        person = script.people[entry.by]
        item = scripted(entry, person, entry.by) | {
            "id": self.native_id(person.network, name),
            "thread_id": self.native_id(person.network, thread_root(script, name)),
            "parent_id": self.native_id(person.network, entry.to) if entry.to else "",
        }
        if entry.message:
            item["thread_id"] = talk_with(item["author"]["id"])
        answers = entry.answers.model_dump(exclude={"ignored"}, exclude_none=True) if entry.answers else {}
        body = {
            "network": person.network,
            "item": item,
            "answers": answers,
            "brand": is_brand(person, entry.by),
        }
        self.book.plan(Due(name, self._when(start, entry.at), "post", body))

    def _plan_changes(self, script: Script, name: str, entry: Entry, start: datetime) -> None:
        network = script.people[entry.by].network
        body = {"network": network, "id": self.native_id(network, name)}
        if entry.edit:
            at = self._when(start, entry.at + entry.edit.after)
            self.book.plan(Due(f"{name}/edit", at, "edit", body | {"text": entry.edit.text.strip()}))
        if entry.delete_after is not None:
            self.book.plan(
                Due(f"{name}/delete", self._when(start, entry.at + entry.delete_after), "delete", body)
            )
        if entry.answers and (answer := entry.answers.ignored):
            at = self._when(start, max(entry.at, 0) + answer.after)
            self.book.plan(Due(f"{name}/ignored", at, "ignored", body | {"answer": answer.model_dump()}))

    def _when(self, start: datetime, minutes: float) -> datetime:
        """Place story minutes in real time: what lies before the start is not sped up."""
        return start + timedelta(minutes=minutes / self.speed if minutes > 0 else minutes)

    def _appear(self, due: Due, network: str) -> None:
        self.book.put(
            network,
            due.body["item"] | {"posted_at": stamp(due.at)},
            source="brand" if due.body["brand"] else "customer",
            answers=due.body["answers"],
        )

    def _edit(self, due: Due, network: str) -> None:
        if row := self.book.get(network, due.body["id"]):
            changes = {"text": due.body["text"], "edited_at": stamp(due.at)}
            self.book.put(network, row.item | changes)

    def _delete(self, due: Due, network: str) -> None:
        if row := self.book.get(network, due.body["id"]):
            self.book.put(network, row.item | {"text": "", "photos": [], "deleted": True})
            self.book.spend(due.body["id"], {})

    def _lose_patience(self, due: Due, network: str) -> None:
        row = self.book.get(network, due.body["id"])
        if row is None or row.item["deleted"] or self._was_answered(network, row):
            return
        new_id = self.native_id(network, due.key)
        item = follow_up(row.item, due.body["answer"], new_id=new_id, parent_id=row.item["id"])
        self.book.put(network, item | {"posted_at": stamp(due.at)})

    def _was_answered(self, network: str, row: Row) -> bool:
        thread = self.book.thread(network, row.item["thread_id"])
        theirs = {other.item["id"] for other in thread if other.item["author"] == row.item["author"]}
        return any(other.source == "reply" and other.item["parent_id"] in theirs for other in thread)

    def _plan_answer(self, network: str, mention: Row, reply: Item, now: datetime) -> None:
        kind, speaker = self._who_answers(network, mention, understand(reply["text"]))
        if speaker is None:
            return
        answer = speaker.answers.pop(kind)
        self.book.spend(speaker.item["id"], speaker.answers)
        key = f"{speaker.item['id']}/{kind}"
        item = follow_up(mention.item, answer, new_id=self.native_id(network, key), parent_id=reply["id"])
        body = {"network": network, "item": item, "answers": {}, "brand": False}
        self.book.plan(Due(key, now + timedelta(minutes=answer["after"] / self.speed), "post", body))

    def _who_answers(self, network: str, mention: Row, meanings: list[Meaning]) -> tuple[str, Row | None]:
        """Find an unspent answer of the mention's author that fits, here or earlier in the thread."""
        thread = self.book.thread(network, mention.item["thread_id"])
        theirs = [row for row in reversed(thread) if row.item["author"] == mention.item["author"]]
        for kind in meanings:
            for row in [mention, *theirs]:
                if kind in row.answers:
                    return kind, row
        return "", None


_HAPPENINGS = {
    "post": Play._appear,
    "edit": Play._edit,
    "delete": Play._delete,
    "ignored": Play._lose_patience,
}
