"""Telegram as the contract knows it."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from listeners.contract import Health, Network, OutgoingReply, Page, Post, Receipt
from listeners.exceptions import (
    AuthFault,
    Gone,
    ListenerError,
    Malformed,
    OutcomeUnknown,
    RateLimited,
    Refused,
    Unavailable,
)
from listeners.networks.telegram.api import Api
from listeners.networks.telegram.needs import NEEDS
from listeners.networks.telegram.shapes import FILE, FILE_ID, Message, Reader, url_of

PAGE_SIZE = 100
LONGEST = 4096
NUMBERS_HOLD = timedelta(days=6)
"""After a quiet week Telegram begins with any number, also a lower one: then the oldest is asked for."""
_NATIVE_ID = re.compile(r"(-?\d{1,19}):(\d{1,15})")


class Telegram(Network):
    """What people write to a bot, and what in its groups is meant for it.

    Query: nothing. Settings: `base_url`, `timeout_s` (15), `page_size` (100), `all_of_groups` (true takes
    every message of its groups; then set `found_by_search` too, so that the brand's keywords decide).
    Secret: `token`. The address of a photo holds the token, so one without it is kept and the other asked for
    when the photo is fetched. Deletions and old messages are not told to bots: nothing can be read again.
    """

    name, label, max_length = "telegram", "Telegram", LONGEST
    needs = NEEDS
    can_send = True
    poll_seconds = 5.0
    keeps = timedelta(hours=24)

    def fetch(self, cursor: str) -> Page:
        """Read one page of updates, oldest first; Telegram forgets those before the cursor."""
        now, api = self.clock(), self._api()
        offset, username = _read(cursor, now=now)
        username = username or _username(api.me())
        updates = api.updates(offset=offset, limit=self._page_size)
        posts, rejects = self._reader(api, username).page(updates)
        numbers = _numbers(updates)
        return Page(
            posts=tuple(posts),
            cursor=_cursor(max(numbers) + 1, username, now) if numbers else cursor,
            more=len(updates) >= self._page_size,
            rejects=tuple(rejects),
        )

    def read(self, payload: str) -> Post:
        """Read one raw update again, as it stands in a dead letter; raises Malformed."""
        return self._reader(self._api(), "").item(payload)

    def photo_url(self, url: str) -> str:
        """Ask where the file of a picture lies now."""
        if not (found := FILE_ID.fullmatch(url.removeprefix(FILE))):
            raise Gone("This is no picture of Telegram.")
        return self._api().file_url(found[0])

    def send(self, reply: OutgoingReply) -> Receipt:
        """Answer one message, in its chat."""
        if not reply.text.strip():
            raise Refused("Telegram: a reply needs a text.")
        if (length := self.length(reply.text)) > LONGEST:
            raise Refused(f"Telegram: the text has {length} of {LONGEST} characters.")
        if not (found := _NATIVE_ID.fullmatch(reply.mention_id)):
            raise Gone("Telegram has no such message.")
        told = self._api().reply(reply.text, chat_id=int(found[1]), message_id=int(found[2]))
        try:
            message = Message.model_validate(told)
        except ValueError as error:
            raise OutcomeUnknown("Telegram took a reply, but did not say its number.") from error
        return Receipt(
            native_id=message.native_id,
            posted_at=message.date,
            url=url_of(message.chat, message.message_id),
        )

    def find_sent(self, reply: OutgoingReply) -> Receipt | None:
        """Raise OutcomeUnknown: a bot cannot read what it wrote."""
        raise OutcomeUnknown("Telegram shows a bot nothing of what it wrote; look into the chat.")

    def check(self) -> Health:
        """Ask who the bot is and whether its messages can be fetched; nothing is taken away."""
        try:
            api = self._api()
            username = _username(api.me())
            api.updates(offset=None, limit=1)
        except AuthFault as fault:
            return Health(ok=False, message="Telegram refuses the token.", what_to_do=str(fault))
        except RateLimited as fault:
            return Health(ok=False, message=str(fault), what_to_do="Wait some minutes.")
        except Unavailable as fault:
            return Health(ok=False, message=str(fault), what_to_do="Try again in some minutes.")
        except ListenerError as fault:
            return Health(
                ok=False, message=str(fault), what_to_do="Mend the settings, or the bot at @BotFather."
            )
        return Health(ok=True, message=f"Telegram answers as @{username}.")

    @classmethod
    def length(cls, text: str) -> int:
        """Count UTF-16 units: most emoji are two."""
        return len(text.encode("utf-16-le")) // 2

    def _api(self) -> Api:
        return Api(self.account, session=self.session, clock=self.clock)

    @property
    def _page_size(self) -> int:
        return min(max(int(self.account.settings.get("page_size", PAGE_SIZE)), 1), 100)

    def _reader(self, api: Api, username: str) -> Reader:
        return Reader(api.bot_id, username, bool(self.account.settings.get("all_of_groups")))


def _read(cursor: str, *, now: datetime) -> tuple[int | None, str]:
    """Read a stored cursor: the next number while it surely holds, and the name; nonsense is nothing."""
    try:
        known = json.loads(cursor)
        offset, username, at = int(known["offset"]), str(known["username"]), int(known["at"])
    except (ValueError, KeyError, TypeError):
        return None, ""
    return (offset if now.timestamp() < at + NUMBERS_HOLD.total_seconds() else None), username


def _cursor(offset: int, username: str, now: datetime) -> str:
    return json.dumps({"offset": offset, "username": username, "at": int(now.timestamp())})


def _username(me: dict[str, Any]) -> str:
    username = me.get("username")
    if not isinstance(username, str) or not username:
        raise Malformed("Telegram did not say whose token this is.")
    return username


def _numbers(updates: Sequence[Any]) -> list[int]:
    """Return the numbers of the updates that have one."""
    told = [update.get("update_id") for update in updates if isinstance(update, dict)]
    if any(isinstance(number, str) for number in told):
        raise Malformed("Telegram's number of an update is none; it may lead to another host.")
    return [number for number in told if isinstance(number, int)]
