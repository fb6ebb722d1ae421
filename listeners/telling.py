"""Hands an alarm to one chat, pager or mailbox; its address holds secrets and is never repeated."""

from __future__ import annotations

from dataclasses import dataclass, field

import structlog
from django.utils.crypto import salted_hmac

from config.environment import environment
from listeners.alarm_words import Words

logger = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Address:
    """One of `KULANZ_ALARM_URLS` or `KULANZ_DIGEST_URLS`; `number` counts from 1, `fingerprint` hides it."""

    number: int
    url: str = field(repr=False)

    @property
    def fingerprint(self) -> str:
        """Tell it from the others."""
        return salted_hmac("kulanz.alarm", self.url).hexdigest()[:16]


def addresses(*, of_digests: bool = False) -> list[Address]:
    """Return all addresses for alarms, or those for digests; there may be none."""
    urls = environment().digest_urls if of_digests else environment().alarm_urls
    return [Address(number, url.get_secret_value()) for number, url in enumerate(urls, 1)]


def tell(address: Address, words: Words) -> bool:
    """Send the words once; returns whether they were taken. It waits for some seconds at most."""
    from apprise import Apprise, NotifyFormat, NotifyType

    to = Apprise()
    to.add(address.url)
    try:
        kind = NotifyType.SUCCESS if words.is_over else NotifyType.WARNING
        return bool(to.notify(words.body, words.title, notify_type=kind, body_format=NotifyFormat.TEXT))
    except Exception as fault:
        # Its text may hold the address.
        logger.error("alarm_address_failed", address=address.number, fault=type(fault).__name__)
        return False
