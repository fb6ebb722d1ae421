"""Two ways to answer a mention, for all to read or for its author only: limits, deadlines, and why not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext

from listeners.contract import Network
from listeners.models import Mention
from listeners.networks.registry import NETWORKS, label
from responders.models import Reply
from responders.refusal import Refusal

LOST = (Reply.State.FAILED, Reply.State.CANCELLED)
"""States of a reply that surely does not stand on the network."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """One way to answer a mention; `refusal` says why it is closed.

    Texts are counted by `length` against `limit`; after `until` the network takes no answer this way.
    """

    is_private: bool
    refusal: Refusal | None = None
    limit: int | None = None
    length: Callable[[str], int] = len
    until: datetime | None = None

    def refusal_of(self, text: str, network: str) -> Refusal | None:
        """Say why a text cannot go this way; None where it can."""
        if self.refusal:
            return self.refusal
        used = self.length(text)
        if self.limit is None or used <= self.limit:
            return None
        return _no("too_long", length=used, limit=self.limit, network=label(network))


def way(mention: Mention, *, is_private: bool, now: datetime) -> Way:
    """Return how a mention is answered for all to read or, if `is_private`, for its author only."""
    network = NETWORKS.get(mention.source.network)
    if network is None or not network.can_send:
        refusal = _closed(mention) or _no("cannot_send", network=label(mention.source.network))
        return Way(is_private=is_private, refusal=refusal)
    if is_message(mention):
        return _below_message(network, mention, is_private, now)
    return _private(network, mention, now) if is_private else _public(network, mention, now)


def is_message(mention: Mention) -> bool:
    """Say whether nobody but its author reads what answers a mention, whatever the agent wishes."""
    return mention.kind == Mention.Kind.MESSAGE


def _public(network: type[Network], mention: Mention, now: datetime) -> Way:
    return Way(
        is_private=False,
        refusal=_closed(mention) or _over(network, mention.reply_until, now),
        limit=network.max_length,
        length=network.length,
        until=mention.reply_until,
    )


def _below_message(network: type[Network], mention: Mention, is_private: bool, now: datetime) -> Way:
    if not is_private:
        return Way(is_private=False, refusal=Refusal("message_private"))
    rules = network.answers_privately
    return Way(
        is_private=True,
        refusal=_closed(mention) or _over(network, mention.reply_until, now),
        limit=rules.max_length if rules else network.max_length,
        length=rules.length if rules else network.length,
        until=mention.reply_until,
    )


def _private(network: type[Network], mention: Mention, now: datetime) -> Way:
    rules = network.answers_privately
    reason = network.why_not_privately(native_id=mention.native_id, kind=mention.kind)
    if rules is None or reason:
        refusal = _no("not_privately", network=label(network.name), reason=gettext(reason))
        return Way(is_private=True, refusal=refusal)
    until = mention.posted_at + rules.within if rules.within else None
    return Way(
        is_private=True,
        refusal=(_closed(mention) if rules.asked_only else None)
        or _over(network, until, now, code="private_over")
        or (_used_up(network, mention) if rules.once else None),
        limit=rules.max_length,
        length=rules.length,
        until=until,
    )


def _closed(mention: Mention) -> Refusal | None:
    if mention.can_reply:
        return None
    reason = mention.cannot_reply_reason
    return _no("cannot_reply", reason=gettext(reason) if reason else "")


def _over(
    network: type[Network], until: datetime | None, now: datetime, *, code: str = "window_over"
) -> Refusal | None:
    if until is None or now < until:
        return None
    return _no(code, network=label(network.name), until=until)


def _used_up(network: type[Network], mention: Mention) -> Refusal | None:
    given = mention.replies.filter(is_private=True).exclude(state__in=LOST)
    return _no("private_once", network=label(network.name)) if given.exists() else None


def _no(code: str, **detail: object) -> Refusal:
    """Make a refusal that is only shown; who asked for more logs it."""
    return Refusal(code, detail)
