"""Gives what lies among the dead letters another try."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from listeners.contract import Page, Post
from listeners.exceptions import ListenerError
from listeners.intake import store
from listeners.models import DeadLetter, Mention, Source
from listeners.networks.registry import open_network


@dataclass(frozen=True, slots=True)
class Replay:
    """Whether a letter was brought back into the work, and what happened."""

    done: bool
    message: str


def replay(letter: DeadLetter, *, now: datetime) -> Replay:
    """Give a mention back to its stage, or store an item of a page again; what fails stays a dead letter."""
    if letter.replayed_at is not None:
        return Replay(False, _("It was replayed already."))
    if letter.mention is not None:
        return _revive(letter, letter.mention, now)
    if letter.source is None:
        return Replay(False, _("It belongs to no source and no mention."))
    try:
        post = open_network(letter.source, clock=lambda: now).read(letter.payload)
    except ListenerError as fault:
        return _still_dead(letter, str(fault))
    return _store(letter, letter.source, post, now)


def _revive(letter: DeadLetter, mention: Mention, now: datetime) -> Replay:
    with transaction.atomic():
        Mention.objects.filter(pk=mention.pk).update(dead=False, indexed_at=None)
        _close(letter, now)
    return Replay(True, _("The mention waits for its stage again."))


def _store(letter: DeadLetter, source: Source, post: Post, now: datetime) -> Replay:
    with transaction.atomic():
        stored = store(Page(posts=(post,), cursor=source.cursor), source=source, now=now)
        if not stored.rejects:
            _close(letter, now)
    if stored.rejects:
        return _still_dead(letter, stored.rejects[0].reason)
    return Replay(
        True, _("The post is stored.") if stored.new else _("The post was known, or is not about the brand.")
    )


def _close(letter: DeadLetter, now: datetime) -> None:
    letter.replayed_at = now
    letter.save(update_fields=["replayed_at"])


def _still_dead(letter: DeadLetter, error: str) -> Replay:
    letter.error = error
    letter.save(update_fields=["error"])
    return Replay(False, error)
