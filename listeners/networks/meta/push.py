"""Meta's webhooks: the hand-shake, the signature, and the changes in a delivery."""

from __future__ import annotations

import hashlib
import hmac
import json
from abc import abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from pydantic import ValidationError

from listeners.contract import Account, Post, Reject
from listeners.exceptions import ListenerError, Malformed
from listeners.networks.pushing import Pushing

MOST_CHANGES = 1000


@dataclass(frozen=True, slots=True)
class Change:
    """One change of one account: `field` says of what kind, `time` when, in seconds since 1970."""

    account_id: str
    time: int
    field: str
    value: Any


class MetaPush(Pushing):
    """Deliveries that are signed with the app's secret over their raw bytes."""

    account: Account

    def greet(self, query: Mapping[str, str]) -> str | None:
        """Return the challenge when the verify token fits."""
        token, told = self.account.secrets.get("verify_token", ""), query.get("hub.verify_token", "")
        fits = hmac.compare_digest(token.encode(), told.encode("utf-8", "replace"))
        if not token or not fits or query.get("hub.mode") != "subscribe":
            return None
        return query.get("hub.challenge", "")[:500]

    def find_push_fault(self, body: bytes, headers: Mapping[str, str]) -> tuple[int, str]:
        """Check `X-Hub-Signature-256`."""
        secret = self.account.secrets.get("app_secret", "")
        if not secret:
            return 503, "This source has no app_secret yet; set it where Kulanz runs."
        header = headers.get("X-Hub-Signature-256", "")
        told = header.removeprefix("sha256=")
        right = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
        if told == header or not hmac.compare_digest(right.encode(), told.encode("utf-8", "replace")):
            return 401, "X-Hub-Signature-256 does not fit the body."
        return 0, ""

    def pushed(self, body: bytes) -> tuple[list[Post], list[Reject]]:
        """Read every change; those that are no post of anybody, or of another account, are left out."""
        posts: list[Post] = []
        rejects: list[Reject] = []
        for number, change in enumerate(_changes(body), 1):
            if self._is_foreign(change):
                continue
            try:
                post = self.changed(change)
            except (ListenerError, ValueError, OverflowError, TypeError) as fault:
                payload = json.dumps({"kind": "change", **asdict(change)})
                rejects.append(Reject(where=f"change {number}", reason=_reason(fault), payload=payload))
            else:
                posts += [post] if post else []
        return posts, rejects

    def read_change(self, payload: str) -> Post | None:
        """Read a change again that stands in a dead letter, None for another item; raises Malformed."""
        try:
            raw = json.loads(payload)
            if raw.pop("kind") != "change":
                return None
            if post := self.changed(Change(**raw)):
                return post
        except (ValueError, OverflowError, KeyError, TypeError, AttributeError) as fault:
            raise Malformed(f"The change cannot be read ({_reason(fault)}).") from fault
        raise Malformed("The change is no post.")

    @abstractmethod
    def changed(self, change: Change) -> Post | None:
        """Make a post of a change, None for one that is of no interest; raises ValueError."""

    def _is_foreign(self, change: Change) -> bool:
        mine = str(self.account.settings.get("account_id", ""))
        return bool(mine) and change.account_id not in ("", mine)


def _changes(body: bytes) -> Iterator[Change]:
    try:
        content = json.loads(body)
    except (ValueError, RecursionError) as fault:
        raise Malformed("The delivery is not JSON.") from fault
    if isinstance(content, dict) and "values" in content:
        yield from _loose_changes(content)
        return
    entries = content.get("entry") if isinstance(content, dict) else None
    if not isinstance(entries, list) or len(entries) > MOST_CHANGES:
        raise Malformed("The delivery is not a list of entries.")
    for entry in entries:
        changes = entry.get("changes") if isinstance(entry, dict) else None
        yield from _messages(entry)
        for change in changes if isinstance(changes, list) else []:
            time = entry.get("time")
            if isinstance(change, dict):
                yield Change(
                    account_id=str(entry.get("id", "")),
                    time=time if isinstance(time, int) else 0,
                    field=str(change.get("field", "")),
                    value=change.get("value"),
                )


def _messages(entry: Any) -> Iterator[Change]:
    """Yield what happened in conversations; its time is told in thousandths of a second."""
    events = entry.get("messaging") if isinstance(entry, dict) else None
    for event in events if isinstance(events, list) else []:
        if isinstance(event, dict):
            time = event.get("timestamp")
            seconds = time // 1000 if isinstance(time, int) else 0
            yield Change(account_id=str(entry.get("id", "")), time=seconds, field="messages", value=event)


def _loose_changes(content: dict[str, Any]) -> Iterator[Change]:
    """Yield the changes of Threads, which come without entries; whose they are says the conversation."""
    values, time = content["values"], content.get("time")
    for change in values if isinstance(values, list) else [values]:
        if isinstance(change, dict):
            value = change.get("value")
            root = value.get("root_post") if isinstance(value, dict) else None
            yield Change(
                account_id=str(root.get("owner_id", "")) if isinstance(root, dict) else "",
                time=time if isinstance(time, int) else 0,
                field=str(change.get("field", "")),
                value=value,
            )


def _reason(fault: Exception) -> str:
    if isinstance(fault, ValidationError):
        return "; ".join(f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in fault.errors()[:3])
    return str(fault)
