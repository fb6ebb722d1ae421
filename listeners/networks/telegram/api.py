"""Calls of Telegram's Bot API: what an answer holds comes back, or one of our faults."""

from __future__ import annotations

import json
import logging
import re
from datetime import datetime, timedelta
from typing import Any

import httpx

from listeners.contract import Account, Clock
from listeners.exceptions import (
    AuthFault,
    Gone,
    InputError,
    Malformed,
    OutcomeUnknown,
    RateLimited,
    Refused,
    Unavailable,
)
from listeners.networks.addresses import base_url
from listeners.networks.rest import Rest

HOST = "api.telegram.org"
WANTED = ("message", "edited_message")
RENEW = (
    "Telegram refuses the bot's token. Ask @BotFather for a new one (/token) and set it in the environment."
)
SHORT_PAUSE, LONGEST_PAUSE = timedelta(hours=1), timedelta(days=1)
_TOKEN = re.compile(r"(\d{3,20}):[A-Za-z0-9_-]{3,100}")
_PATH = re.compile(r"(?:[\w-]+/)*[\w-]+(?:\.\w+)?", re.ASCII)
_GONE = (
    "invalid file_id",
    "wrong file_id",
    "message to be replied not found",
    "message to reply not found",
    "chat not found",
    "replied message not found",
)
# Below this level httpx writes addresses into the log, and the token stands in them.
logging.getLogger("httpx").setLevel(logging.WARNING)


class Api:
    """One bot, for one call of ours; `bot_id` stands in its token."""

    def __init__(self, account: Account, *, session: httpx.Client, clock: Clock) -> None:
        token = account.secrets.get("token", "")
        found = _TOKEN.fullmatch(token)
        if found is None:
            raise InputError("Telegram needs the secret token as @BotFather gives it: 123456:ABC…")
        self.bot_id = int(found[1])
        self._clock = clock
        self._base, self._token = base_url(account.settings, f"https://{HOST}"), token
        self._rest = Rest(
            label="Telegram",
            session=session,
            base_url=f"{self._base}/bot{token}",
            timeout_s=float(account.settings.get("timeout_s", 15.0)),
            clock=clock,
            renew=RENEW,
            words=lambda body: body["description"],
            headers={},
            judge=self._judge,
        )

    def me(self) -> dict[str, Any]:
        """Read the bot itself."""
        return _object(self._rest.read("/getMe"))

    def updates(self, *, offset: int | None, limit: int) -> list[Any]:
        """List what happened from `offset` on, oldest first; Telegram then forgets what came before it.

        Without an offset the oldest that is kept comes, and nothing is forgotten; a day is kept at most.
        """
        params: dict[str, str | int] = {"limit": limit, "timeout": 0, "allowed_updates": json.dumps(WANTED)}
        if offset is not None:
            params["offset"] = offset
        listed = self._rest.read("/getUpdates", params).get("result")
        if not isinstance(listed, list):
            raise Malformed("Telegram's answer is not a list of updates.")
        return listed

    def file_url(self, file_id: str) -> str:
        """Return where a file lies for about an hour; the token stands in it."""
        path = _object(self._rest.read("/getFile", {"file_id": file_id})).get("file_path")
        if not (isinstance(path, str) and _PATH.fullmatch(path)):
            raise Malformed("Telegram's path of a file is none; it may lead elsewhere.")
        return f"{self._base}/file/bot{self._token}/{path}"

    def reply(self, text: str, *, chat_id: int, message_id: int) -> dict[str, Any]:
        """Send a message that answers another; Telegram takes the same words twice."""
        body = {"chat_id": chat_id, "text": text, "reply_parameters": {"message_id": message_id}}
        try:
            return _object(self._rest.write("POST", "/sendMessage", body))
        except Malformed as error:
            raise OutcomeUnknown("Telegram took a reply, but its answer cannot be read.") from error

    def _judge(self, response: httpx.Response, told: str) -> Exception | None:
        """Read what Telegram says in a way of its own."""
        match response.status_code:
            case 401 | 404:
                return AuthFault(RENEW)
            case 409:
                return _conflict(told)
            case 400 if any(words in told for words in _GONE):
                return Gone("The message is no longer on Telegram.")
            case 429:
                return _rate_limited(response, now=self._clock())
        return None


def _conflict(told: str) -> Exception:
    if "webhook" in told:
        return Refused(
            "Telegram pushes this bot's messages to a webhook; remove it by deleteWebhook, then fetch them."
        )
    return Unavailable("Telegram: somebody else fetches this bot's messages; only one may.")


def _rate_limited(response: httpx.Response, *, now: datetime) -> RateLimited:
    retry_at = _pause(response, now=now)
    is_long = retry_at is not None and retry_at > now + SHORT_PAUSE
    what = "Telegram: the bot's calls are used up." if is_long else "Telegram asks for a pause."
    return RateLimited(what, retry_at=retry_at)


def _pause(response: httpx.Response, *, now: datetime) -> datetime | None:
    """Read for how long to pause; None for nonsense and for more than a day."""
    try:
        seconds = response.json()["parameters"]["retry_after"]
    except (ValueError, KeyError, TypeError):
        return None
    if type(seconds) is not int or not 0 < seconds <= LONGEST_PAUSE.total_seconds():
        return None
    return now + timedelta(seconds=seconds)


def _object(body: dict[str, Any]) -> dict[str, Any]:
    result = body.get("result")
    if not isinstance(result, dict):
        raise Malformed("Telegram's answer holds no result.")
    return result
