"""X's calls over tweepy: JSON comes back, or one of our faults."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import requests
import tweepy

from listeners.contract import Account, Allowance, Clock
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
from listeners.networks.careful_session import CarefulSession

HOST = "api.x.com"
TWEEPYS_HOST = "api.twitter.com"
KEYS = ("consumer_key", "consumer_secret", "access_token", "access_token_secret")
FIELDS = {
    "expansions": [
        "author_id",
        "attachments.media_keys",
        "referenced_tweets.id",
        "referenced_tweets.id.author_id",
    ],
    "tweet_fields": [
        "attachments",
        "author_id",
        "conversation_id",
        "created_at",
        "edit_history_tweet_ids",
        "entities",
        "lang",
        "note_tweet",
        "public_metrics",
        "referenced_tweets",
    ],
    "user_fields": ["created_at", "name", "public_metrics", "username"],
    "media_fields": ["alt_text", "preview_image_url", "type", "url"],
}
DAILY = ("x-app-limit-24hour", "x-user-limit-24hour")
"""Limits on posts, each told in three headers."""
MESSAGE_FIELDS = ["dm_conversation_id", "entities", "event_type", "sender_id", "text"]
CREDITS_PAUSE = timedelta(hours=1)
LONGEST_PAUSE = timedelta(days=1)
RENEW = (
    "X refuses the keys of this account. Make new ones at developer.x.com under Keys and tokens and set "
    "them in the environment."
)
OTHERWISE = (
    "answer publicly, or ask them to write to you first. If X says so of everybody, give the app the "
    "permission Read and write and Direct message, and log in again."
)
# Below this level tweepy writes tokens into the log.
logging.getLogger("tweepy").setLevel(logging.INFO)


class BadParameter(Malformed):
    """Raised when X refuses parameters of a read; `names` are theirs."""

    def __init__(self, message: str, names: frozenset[str]) -> None:
        super().__init__(message)
        self.names = names


class Api:
    """One account on X, for one call of ours.

    `allowance` is what the last answer said of the calls left, under the key that was given.
    """

    def __init__(self, account: Account, *, clock: Clock, allowance_key: str = "") -> None:
        secrets = account.secrets
        self._signs = all(secrets.get(name) for name in KEYS)
        token = secrets.get("token") or secrets.get("bearer_token")
        if not (self._signs or token):
            raise InputError(
                f"X needs the secrets {', '.join(KEYS)}, or token, or (to read only) bearer_token."
            )
        self.is_user = self._signs or bool(secrets.get("token"))
        self.allowance: Allowance | None = None
        self._clock, self._allowance_key = clock, allowance_key
        # Raw responses, since one post that tweepy cannot read would spoil its whole page.
        self._client = tweepy.Client(
            token,
            *(secrets.get(name) for name in KEYS),
            return_type=requests.Response,
            wait_on_rate_limit=False,
        )
        self._client.session = CarefulSession(
            host=TWEEPYS_HOST,
            base_url=base_url(account.settings, f"https://{HOST}"),
            timeout_s=float(account.settings.get("timeout_s", 15.0)),
            judge=self._judge,
        )

    def close(self) -> None:
        """End the connections."""
        self._client.session.close()

    def search(self, query: str, **window: Any) -> dict[str, Any]:
        """Search the posts of the last seven days, newest first."""
        return self._get(self._client.search_recent_tweets, query, **window, **FIELDS)

    def mentions(self, user_id: str, **window: Any) -> dict[str, Any]:
        """List posts that mention an account, newest first."""
        return self._get(self._client.get_users_mentions, user_id, **_timeline(window), **FIELDS)

    def own_posts(self, user_id: str, **window: Any) -> dict[str, Any]:
        """List an account's own posts and replies, newest first, 3,200 at most."""
        return self._get(self._client.get_users_tweets, user_id, **_timeline(window), **FIELDS)

    def posts(self, ids: Sequence[str]) -> dict[str, Any]:
        """Read up to 100 posts; those that are gone stand in `errors`."""
        return self._get(self._client.get_tweets, list(ids), **FIELDS)

    def me(self) -> dict[str, Any]:
        """Read the account itself."""
        body = self._get(self._client.get_me, user_fields=["public_metrics", "username"])
        if not isinstance(body.get("data"), dict):
            raise Malformed("X did not say whose account this is.")
        return dict(body["data"])

    def reply(self, text: str, *, to: str) -> dict[str, Any]:
        """Post a reply; X takes the same words below the same post only once."""
        response = self._client.create_tweet(text=text, in_reply_to_tweet_id=to, user_auth=self._signs)
        try:
            return body_of(response)
        except Malformed as error:
            raise OutcomeUnknown("X took a reply, but its answer cannot be read.") from error

    def write_to(self, user_id: str, text: str) -> dict[str, Any]:
        """Send a direct message; X takes the same words as often as they come."""
        response = self._client.create_direct_message(
            participant_id=user_id, text=text, user_auth=self._signs
        )
        try:
            return body_of(response)
        except Malformed as error:
            raise OutcomeUnknown("X took a message, but its answer cannot be read.") from error

    def inbox(self, **window: Any) -> dict[str, Any]:
        """List the direct messages of the last 30 days, to and from everybody, newest first."""
        return self._get(
            self._client.get_direct_message_events,
            event_types="MessageCreate",
            dm_event_fields=[*MESSAGE_FIELDS, "attachments"],
            expansions=["sender_id", "attachments.media_keys"],
            user_fields=FIELDS["user_fields"],
            media_fields=FIELDS["media_fields"],
            **_timeline(window),
        )

    def messages_with(self, user_id: str, **window: Any) -> dict[str, Any]:
        """List the direct messages to and from a person, newest first."""
        return self._get(
            self._client.get_direct_message_events,
            participant_id=user_id,
            event_types="MessageCreate",
            dm_event_fields=MESSAGE_FIELDS,
            **_timeline(window),
        )

    def _get(self, call: Any, *args: Any, **rest: Any) -> dict[str, Any]:
        return body_of(call(*args, user_auth=self._signs, **rest))

    def _judge(self, response: requests.Response) -> None:
        """Raise the fault that an answer means, before tweepy raises its own."""
        now = self._clock()
        self.allowance = _allowance(self._allowance_key, response.headers, now=now)
        if response.ok:
            return
        if response.request.method == "GET":
            raise fault_of_reading(response, now)
        if "/dm_conversations/" in response.url:
            raise _fault_of_a_message(response, now)
        raise _fault_of_writing(response, now)


def fault_of_reading(response: requests.Response, now: datetime) -> Exception:
    """Return what an answer means that is none to a read, nor to what posts nothing."""
    detail = _detail(response)
    match response.status_code:
        case 400:
            return BadParameter(f"X refuses the query: {detail}", _parameters(response))
        case 403:
            return Refused(f"X does not allow this account to read: {detail}")
        case 404:
            return Gone(f"X has nothing there: {detail}")
        case status if status >= 500:
            return Unavailable(f"X answered {status}.")
    return _common_fault(response, now) or Malformed(f"X answered {response.status_code}: {detail}")


def _fault_of_writing(response: requests.Response, now: datetime) -> Exception:
    detail, status = _detail(response), response.status_code
    if fault := _common_fault(response, now):
        return fault
    if status == 403 and "duplicate content" in detail:
        return OutcomeUnknown("X says that these words were posted before.")
    if status == 404 or (status == 403 and "deleted or not visible" in detail):
        return Gone("The post is no longer on X, or its author hides it from this account.")
    if 400 <= status < 500:
        return Refused(f"X will not post it: {detail}")
    return OutcomeUnknown(f"X answered {status}; the reply may stand there.")


def _fault_of_a_message(response: requests.Response, now: datetime) -> Exception:
    status = response.status_code
    if fault := _common_fault(response, now):
        return fault
    if 400 <= status < 500:
        return Refused(f"X takes no direct message to them ({_detail(response)}): {OTHERWISE}")
    return OutcomeUnknown(f"X answered {status}; the message may stand there.")


def _common_fault(response: requests.Response, now: datetime) -> Exception | None:
    match response.status_code:
        case 401:
            return AuthFault(RENEW)
        case 402:
            return RateLimited("X: the credits are used up; buy more.", retry_at=now + CREDITS_PAUSE)
        case 429:
            return RateLimited("X asks for a pause.", retry_at=_reset(response.headers, now=now))
    return None


def _reset(headers: Mapping[str, str], *, now: datetime) -> datetime | None:
    """Return when the limit that was met ends: that of 15 minutes, or one of a day if that is used up."""
    met = [name for name in DAILY if headers.get(f"{name}-remaining") == "0"] or ["x-rate-limit"]
    resets = [_time(headers.get(f"{name}-reset", ""), now=now) for name in met]
    return max((reset for reset in resets if reset), default=None)


def _time(header: str, *, now: datetime) -> datetime | None:
    """Read a second since 1970; None for nonsense, the past, or more than a day ahead."""
    if not (header.isascii() and header.isdecimal() and len(header) <= 11):
        return None
    at = datetime.fromtimestamp(int(header), UTC)
    return at if now < at <= now + LONGEST_PAUSE else None


def _allowance(key: str, headers: Mapping[str, str], *, now: datetime) -> Allowance | None:
    """Return the tightest of the limits that X tells: of 15 minutes, and of posts within a day."""
    limits = [_told(key, headers, name, now=now) for name in ("x-rate-limit", *DAILY)]
    return min(filter(None, limits), key=lambda limit: limit.left, default=None)


def _told(key: str, headers: Mapping[str, str], name: str, *, now: datetime) -> Allowance | None:
    limit, left = headers.get(f"{name}-limit", ""), headers.get(f"{name}-remaining", "")
    resets_at = _time(headers.get(f"{name}-reset", ""), now=now)
    if resets_at is None or not (limit.isdecimal() and left.isdecimal()):
        return None
    return Allowance(key=key, limit=int(limit), left=int(left), resets_at=resets_at)


def _timeline(window: dict[str, Any]) -> dict[str, Any]:
    """Timelines call the same parameter by another name."""
    return {("pagination_token" if name == "next_token" else name): value for name, value in window.items()}


def body_of(response: requests.Response) -> dict[str, Any]:
    """Return an answer's JSON object; raises Malformed."""
    try:
        body = response.json()
    except ValueError as error:
        raise Malformed("X's answer is not JSON.") from error
    if not isinstance(body, dict):
        raise Malformed(f"X's answer is a {type(body).__name__}, not an object.")
    return body


def _errors(response: requests.Response) -> list[dict[str, Any]]:
    """Return the problems that an answer names, its own first, whatever shape they have."""
    try:
        body = body_of(response)
    except Malformed:
        return []
    listed = body.get("errors")
    return [
        body,
        *(error for error in (listed if isinstance(listed, list) else []) if isinstance(error, dict)),
    ]


def _detail(response: requests.Response) -> str:
    told = [str(error.get("message") or error.get("detail") or "") for error in reversed(_errors(response))]
    return next((text[:300] for text in told if text), response.reason or "no reason given")


def _parameters(response: requests.Response) -> frozenset[str]:
    named = [error.get("parameters") for error in _errors(response)]
    return frozenset(str(name) for names in named if isinstance(names, dict) for name in names)
