"""The demo networks as the contract knows them, over HTTP to a `DemoServer`."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any, ClassVar
from urllib.parse import quote, urlsplit

from listeners.contract import Health, Network, OutgoingReply, Page, Post, Receipt
from listeners.exceptions import (
    AuthFault,
    Gone,
    InputError,
    ListenerError,
    Malformed,
    OutcomeUnknown,
    Refused,
)
from listeners.needs import PAGE_SIZE as SIZE
from listeners.needs import TIMEOUT_S, Need, gettext_noop, secret
from listeners.networks import absence
from listeners.networks.demo.shapes import ItemShape, read_items
from listeners.networks.demo.wire import DEMO_TOKEN, Wire
from listeners.networks.texts import same_text

PAGE_SIZE = 50
SETTLES_AFTER = timedelta(seconds=20)
"""A reply that is not in the timeline this long after it was tried will never be."""
DEEPEST_LOOK = 100


class DemoNetwork(Network):
    """One network of the demo server.

    Settings: `base_url` (needed), `timeout_s` (10), `page_size` (50). Secret: `token`.
    """

    path: ClassVar[str]
    needs = (
        Need(
            name="base_url",
            kind="setting",
            label=gettext_noop("Address of the demo server"),
            example="http://127.0.0.1:8100",
        ),
        secret(
            "token",
            gettext_noop("Token of the demo server"),
            where=gettext_noop("kulanz demo"),
            optional=True,
        ),
        TIMEOUT_S,
        SIZE,
    )
    can_send = True
    poll_seconds = 1.0
    keeps = timedelta.max
    local = True

    def fetch(self, cursor: str) -> Page:
        """Read what was posted, edited or deleted after `cursor`; a deletion is a post with `deleted`."""
        params: dict[str, str | int] = {"after": cursor, "limit": self._page_size}
        try:
            body = self._wire.read(f"/{self.path}/posts", params)
        except Gone as error:
            raise Malformed(f"{self.label} at {self._wire.base_url}: {error}") from error
        items, rejects = read_items(_list_of(body), f"page after {cursor or 'the beginning'}")
        new_cursor, link = body.get("cursor"), body.get("next")
        if not isinstance(new_cursor, str):
            raise Malformed(f"{self.label}: a page came without its cursor.")
        if link:
            self._wire.own(str(link))
        posts = tuple(self._post(item) for item in items)
        return Page(posts=posts, cursor=new_cursor, more=bool(link), rejects=tuple(rejects))

    def read(self, payload: str) -> Post:
        """Read one raw item again, as it stands in a dead letter; raises Malformed."""
        try:
            items, rejects = read_items([json.loads(payload)], "dead letter")
        except ValueError as error:
            raise Malformed(f"{self.label}: the item is not JSON ({error}).") from error
        if rejects:
            raise Malformed(f"{self.label}: {rejects[0].reason}")
        return self._post(items[0])

    def thread(self, mention_id: str) -> list[Post]:
        """Read the conversation around one post, the brand's own replies included, oldest first."""
        body = self._wire.read(f"/{self.path}/posts/{quote(mention_id, safe='')}/thread")
        items, _ = read_items(_list_of(body), "thread")
        by_id = {item.id: item for item in items}
        return [self._post(item) for item in sorted(by_id.values(), key=lambda item: item.posted_at)]

    def send(self, reply: OutgoingReply) -> Receipt:
        """Post one reply; the network does not notice a reply that it was given before."""
        if self.max_length is not None and self.length(reply.text) > self.max_length:
            length = self.length(reply.text)
            raise Refused(f"{self.label}: the text has {length} of {self.max_length} characters.")
        body = self._wire.write(
            f"/{self.path}/posts/{quote(reply.mention_id, safe='')}/replies", {"text": reply.text}
        )
        items, rejects = read_items([body], "answer to a reply")
        if rejects:
            raise OutcomeUnknown(
                f"{self.label}: accepted, but its answer cannot be read: {rejects[0].reason}"
            )
        return _receipt(items[0])

    def find_sent(self, reply: OutgoingReply) -> Receipt | None:
        """Look through the account's own replies, newest first, back to `first_tried_at`.

        Raises OutcomeUnknown when they cannot be read back that far, Unavailable when it is too early.
        """
        since = absence.since(reply)
        link: str | None = f"/{self.path}/me/replies?limit={self._page_size}"
        for _ in range(DEEPEST_LOOK):
            items, link, complete = self._timeline_page(link or "")
            for item in items:
                if _is_that(item, reply):
                    return _receipt(item)
            if since and any(item.posted_at < since for item in items):
                return absence.settled(reply, label=self.label, now=self.clock(), after=SETTLES_AFTER)
            if link is None and complete:
                return absence.settled(reply, label=self.label, now=self.clock(), after=SETTLES_AFTER)
            if link is None:
                break
        raise OutcomeUnknown(f"{self.label}: its list of sent replies ends before {since}.")

    def check(self) -> Health:
        """Ask who the account is."""
        try:
            body = self._wire.read(f"/{self.path}/me")
        except AuthFault as error:
            return Health(ok=False, message=str(error), what_to_do="Set the demo network's token.")
        except ListenerError as error:
            return Health(ok=False, message=str(error), what_to_do="Start it with `kulanz demo`.")
        return Health(ok=True, message=f"{self.label} (demo) answers as @{body.get('handle')}.")

    @property
    def _wire(self) -> Wire:
        settings = self.account.settings
        base_url = str(settings.get("base_url", "")).rstrip("/")
        if urlsplit(base_url).scheme not in ("http", "https"):
            raise InputError(f"{self.name}: the setting base_url must be an http address, not {base_url!r}.")
        token = self.account.secrets.get("token", DEMO_TOKEN)
        timeout_s = float(settings.get("timeout_s", 10.0))
        return Wire(
            session=self.session, base_url=base_url, token=token, timeout_s=timeout_s, clock=self.clock
        )

    @property
    def _page_size(self) -> int:
        return int(self.account.settings.get("page_size", PAGE_SIZE))

    def _post(self, item: ItemShape) -> Post:
        return item.post(cannot_reply_reason=self._cannot_reply_reason(item))

    def _cannot_reply_reason(self, item: ItemShape) -> str:
        """Say why a post cannot be answered from here; "" when it can."""
        return ""

    def _timeline_page(self, link: str) -> tuple[list[ItemShape], str | None, bool]:
        try:
            body = self._wire.read(link)
            items, rejects = read_items(_list_of(body), "own replies")
        except (Malformed, Gone) as error:
            raise OutcomeUnknown(f"{self.label}: its list of sent replies cannot be read: {error}") from error
        if rejects:
            raise OutcomeUnknown(f"{self.label}: {rejects[0].where} cannot be read: {rejects[0].reason}")
        following = body.get("next")
        return items, str(following) if following else None, body.get("complete") is True


class DemoFacebook(DemoNetwork):
    """Posts and comments on the brand's page."""

    name, label, path, max_length = "demo_facebook", "Facebook", "facebook", 8000


class DemoInstagram(DemoNetwork):
    """Comments and posts that name the brand."""

    name, label, path, max_length = "demo_instagram", "Instagram", "instagram", 2200


class DemoX(DemoNetwork):
    """Short posts; only those who mentioned the account may be answered."""

    name, label, path, max_length = "demo_x", "X", "x", 280

    def _cannot_reply_reason(self, item: ItemShape) -> str:
        return "" if item.mentions_account else "X: author did not mention the brand; reply by hand"


class DemoMastodon(DemoNetwork):
    """Posts of a federated server."""

    name, label, path, max_length = "demo_mastodon", "Mastodon", "mastodon", 500


class DemoPlay(DemoNetwork):
    """Reviews of the brand's app with one to five stars."""

    name, label, path, max_length = "demo_play", "Google Play", "play", 350


DEMO_NETWORKS: tuple[type[Network], ...] = (DemoFacebook, DemoInstagram, DemoX, DemoMastodon, DemoPlay)


def _list_of(body: dict[str, Any]) -> list[Any]:
    posts = body.get("posts")
    if not isinstance(posts, list):
        raise Malformed("A page came without its list of posts.")
    return posts


def _receipt(item: ItemShape) -> Receipt:
    return Receipt(native_id=item.id, posted_at=item.posted_at, url=item.url)


def _is_that(item: ItemShape, reply: OutgoingReply) -> bool:
    fits = item.parent_id == reply.mention_id and same_text(item.text, reply.text)
    return fits and absence.may_be(reply, native_id=item.id, at=item.posted_at)
