"""The form in which an answer is written: who will read it, how long it may be, what stands below it."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from config.brand import Brand
from config.brand_files import brand
from responders.models import Agent, Case
from responders.ways import Way, is_message, way


def composer(
    case: Case,
    *,
    agent: Agent,
    now: datetime,
    form_key: UUID | None = None,
    text: str = "",
    is_private: bool | None = None,
) -> dict[str, Any]:
    """Return what the reply form starts with; `is_private` is what the agent chose before."""
    mention, policy = case.latest_mention, brand(case.brand)
    public, private = (way(mention, is_private=one, now=now) for one in (False, True))
    chosen = private if _starts_privately(public, private, is_private) else public
    return {
        "form_key": form_key or uuid4(),
        "newest": mention.pk,
        "text": text,
        "signature": signature(policy, agent),
        "public": public,
        "private": private,
        "is_message": is_message(mention),
        "is_private": chosen.is_private,
        "limit": chosen.limit,
        "can_send": not (public.refusal and private.refusal),
        "reason": _reason(private if is_message(mention) else public),
        "undo_seconds": policy.routing.undo_seconds,
    }


def chosen_way(case: Case, audience: str, *, now: datetime) -> Way:
    """Return the way that a form's field names: "private" or anything else for all to read."""
    mention = case.latest_mention
    return way(mention, is_private=audience == "private" or is_message(mention), now=now)


def signature(policy: Brand, agent: Agent) -> str:
    """Return what stands below a reply."""
    return policy.voice.signature.replace("{name}", str(agent)).replace("{initials}", agent.initials)


def signed(text: str, policy: Brand, agent: Agent) -> str:
    """Put the signature below a reply that does not bear it yet."""
    text, below = text.strip().replace("\r\n", "\n"), signature(policy, agent)
    return text if not below or not text or text.endswith(below) else f"{text}\n{below}"


def _starts_privately(public: Way, private: Way, wished: bool | None) -> bool:
    """Begin where all can read, unless that is closed or the agent wishes otherwise."""
    if public.refusal or private.refusal:
        return private.refusal is None
    return bool(wished)


def _reason(closed: Way) -> str:
    """Say why a way is closed, without the words that stand before it on the page."""
    if closed.refusal is None or closed.refusal.code == "cannot_send":
        return ""
    return str(closed.refusal.detail.get("reason") or closed.refusal)
