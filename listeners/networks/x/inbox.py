"""What people write to an account on X in direct messages, as the contract's values."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from listeners.contract import Page, Post, Reject
from listeners.exceptions import InputError, Malformed
from listeners.networks.messages import PREFIX, WORDLESS
from listeners.networks.shapes import reason
from listeners.networks.window import Window
from listeners.networks.x.cursor import OVERLAP, time_of
from listeners.networks.x.messages import SHOWN_FOR
from listeners.networks.x.pages import window_of
from listeners.networks.x.shapes import Includes, Message, payload_of, person_of, photos_of

if TYPE_CHECKING:
    from listeners.networks.x.api import Api


@dataclass(frozen=True, slots=True)
class Reach:
    """How far the messages were read; `me` is the account's own id, so that it is asked for once."""

    window: Window
    me: str = ""

    @classmethod
    def read(cls, text: str, *, now: datetime) -> Reach:
        """Read a stored cursor; nonsense is the beginning."""
        window = Window.read(text, beginning=now - SHOWN_FOR)
        try:
            me = json.loads(text).get("me")
        except (ValueError, AttributeError):
            return cls(window)
        return cls(window, me if isinstance(me, str) else "")

    def write(self) -> str:
        """Write it down."""
        return json.dumps(json.loads(self.window.write()) | {"me": self.me})


def fetch(api: Api, cursor: str, *, size: int, now: datetime, refusal: type[Exception]) -> Page:
    """Read one page; X shows the messages of the last 30 days and no way to begin in their middle.

    Where it refuses the `token` of a page, by `refusal`, it is read from the top. Raises as `Network.fetch`.
    """
    if not api.is_user:
        raise InputError(
            "X shows direct messages only to the account itself: set its four keys or its token."
        )
    at = Reach.read(cursor, now=now)
    me, window = at.me or str(api.me().get("id", "")), at.window
    try:
        body = _listed(api, window, size)
    except refusal as fault:
        window = window.restarted(fault, now=now)
        body = _listed(api, window, size)
    posts, rejects, times = page(body, me)
    token = window_of(body)[1]
    is_known = any(time < window.since for time in times)
    moved = window.after(times, "" if is_known else token, overlap=OVERLAP, now=now)
    return Page(
        posts=tuple(reversed(posts)),
        cursor=Reach(moved, me).write(),
        more=bool(moved.token),
        rejects=tuple(rejects),
        allowance=api.allowance,
        missed_before=None if token else now - SHOWN_FOR,
    )


def page(body: dict[str, Any], me: str) -> tuple[list[Post], list[Reject], list[datetime]]:
    """Read messages one by one, and when they were written; those of groups are left out."""
    raw = body.get("data", [])
    if not isinstance(raw, list) or "meta" not in body:
        raise Malformed("X sent a page without its list of direct messages.")
    includes = Includes.read(body.get("includes"))
    posts: list[Post] = []
    rejects: list[Reject] = []
    times: list[datetime] = []
    for number, item in enumerate(raw, 1):
        try:
            message = Message.model_validate(item)
        except ValidationError as error:
            rejects.append(
                Reject(where=f"item {number}", reason=reason(error), payload=payload_of(item, body))
            )
            continue
        times.append(time_of(int(message.id)))
        posts += [_post(message, includes, me)] if _is_between_two(message, me) else []
    return posts, rejects, times


def item(payload: str, me: str) -> Post:
    """Read one message again, as it stands in a dead letter; raises Malformed."""
    try:
        raw = json.loads(payload)
        return _post(Message.model_validate(raw["data"]), Includes.read(raw.get("includes")), me)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise Malformed(f"X: the message cannot be read ({error}).") from error


def _listed(api: Api, window: Window, size: int) -> dict[str, Any]:
    token = {"next_token": window.token} if window.token else {}
    return api.inbox(max_results=size, **token)


def _is_between_two(message: Message, me: str) -> bool:
    """Say whether only one person reads it besides the account; a group's id is one number."""
    people = message.dm_conversation_id.split("-")
    return len(people) == 2 and me in people


def _post(message: Message, includes: Includes, me: str) -> Post:
    photos = photos_of(message.attachments.media_keys, includes)
    native_id = f"{PREFIX}{message.id}"
    return Post(
        native_id=native_id,
        author=person_of(message.sender_id, includes.users.get(message.sender_id)),
        text=message.words() or ("" if photos else WORDLESS),
        posted_at=time_of(int(message.id)),
        kind="message",
        url=f"https://x.com/messages/{message.dm_conversation_id}",
        thread_id=native_id,
        photos=photos,
        is_own=message.sender_id == me,
    )
