"""What pages of X tell besides their posts: what they cover, lead to, miss and refer to."""

from __future__ import annotations

import re
from typing import Any

from listeners.exceptions import Malformed


def window_of(body: dict[str, Any]) -> tuple[list[int], str]:
    """Return the ids that a page covers and the token of the next one."""
    told = body.get("meta")
    meta = told if isinstance(told, dict) else {}
    ids = [str(meta.get(name, "")) for name in ("newest_id", "oldest_id")]
    token = meta.get("next_token")
    if token is not None and not (isinstance(token, str) and re.fullmatch(r"[\w-]{1,500}", token)):
        raise Malformed("X's token of the next page is none; it may lead to another host.")
    return [int(one) for one in ids if one.isdecimal()], token or ""


def newer(body: dict[str, Any]) -> list[str]:
    """Return the ids of the latest versions of posts that came in an older one: X gives what is asked for."""
    items = [item for item in body.get("data") or [] if isinstance(item, dict)]
    histories = [(item.get("id"), item.get("edit_history_tweet_ids") or []) for item in items]
    return [str(history[-1]) for native_id, history in histories if history and history[-1] != native_id]


def missing(body: dict[str, Any]) -> set[str]:
    """Return the ids of which X says that there is no such post, or none for this account."""
    errors = [error for error in body.get("errors") or [] if isinstance(error, dict)]
    return {str(error.get("resource_id") or error.get("value")) for error in errors}


def quoted(body: dict[str, Any]) -> list[str]:
    """Return the ids of what the posts of a page quote."""
    references = [ref for item in body.get("data") or [] for ref in item.get("referenced_tweets") or []]
    return [str(ref["id"]) for ref in references if ref.get("type") == "quoted"]
