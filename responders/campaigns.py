"""Campaigns: one wording that many accounts post. They are one line of the queue until a person says no."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Count

from config.brand_files import brand
from responders import audit
from responders.access import refusal_for
from responders.models import Agent, Case, CaseMention, Wording, WordingBand
from responders.refusal import Refusal
from responders.wordings import are_alike, bands_of, can_be_copied, digest, key_of, words_of

WITHIN = timedelta(days=1)
"""The time in which many accounts must post a wording."""
LASTS = timedelta(days=7)
"""How long after that a copy still counts as one of many."""
FORGOTTEN = timedelta(days=2)
"""How long a wording that is no campaign is remembered after it was last met."""
_MOST_COMPARED = 200


def recognise(slug: str, text: str, *, now: datetime) -> Wording | None:
    """Return the wording of a brand's text, a new one where nobody said that yet; None for short texts.

    Who calls it must be the only one that does so for the brand at that moment (see `sift`).
    """
    words = words_of(text)
    if not can_be_copied(words):
        return None
    digests = digest(words)
    known = Wording.objects.filter(brand=slug, key=key_of(digests)).first()
    return known or _variant(slug, digests) or _new(slug, digests, now)


def _variant(slug: str, digests: bytes) -> Wording | None:
    shared = WordingBand.objects.filter(value__in=bands_of(digests, brand=slug)).values("wording")
    near = Wording.objects.filter(brand=slug, pk__in=shared).order_by("pk")[:_MOST_COMPARED]
    return next((wording for wording in near if are_alike(digests, bytes(wording.words))), None)


def _new(slug: str, digests: bytes, now: datetime) -> Wording:
    wording = Wording.objects.create(brand=slug, key=key_of(digests), words=digests, seen_at=now)
    WordingBand.objects.bulk_create(
        [WordingBand(wording=wording, value=value) for value in bands_of(digests, brand=slug)]
    )
    return wording


def is_campaign(wording: Wording) -> bool:
    """Tell whether many accounts posted a wording and nobody said that it is no campaign."""
    return wording.many_at is not None and wording.cleared_at is None


def is_running(wording: Wording, *, now: datetime) -> bool:
    """Tell whether further copies of a wording are hidden."""
    return wording.cleared_at is None and wording.many_at is not None and now - wording.many_at <= LASTS


def count_again(wording: Wording, *, newest: datetime, now: datetime) -> None:
    """Count the posts and accounts of a wording, one of whose posts, of `newest`, was just met."""
    links = CaseMention.objects.filter(wording=wording, mention__deleted_at=None)
    accounts = Count("mention__author", distinct=True)
    wording.posts, wording.accounts = links.aggregate(n=Count("pk"), accounts=accounts).values()
    recent = links.filter(mention__posted_at__gt=newest - WITHIN, mention__posted_at__lte=newest)
    if recent.aggregate(accounts=accounts)["accounts"] >= brand(wording.brand).routing.campaign_accounts:
        wording.many_at = now
    wording.seen_at = now
    wording.save(update_fields=["posts", "accounts", "many_at", "seen_at"])


def forget(brands: Collection[str], *, now: datetime, most: int = 500) -> None:
    """Drop wordings of these brands that did not become campaigns, and that nobody used for a while."""
    old = Wording.objects.filter(brand__in=brands, many_at=None, cleared_at=None, seen_at__lt=now - FORGOTTEN)
    Wording.objects.filter(pk__in=list(old.values_list("pk", flat=True)[:most])).delete()


def clear(wording_id: int, *, agent: Agent, now: datetime) -> Wording | Refusal:
    """Say that a wording is no campaign: its cases come back, and no copy of it is hidden again.

    Raises Wording.DoesNotExist.
    """
    with transaction.atomic():
        wording = _locked(wording_id)
        if refusal := refusal_for(agent, wording):
            return refusal
        hidden = Case.objects.filter(campaign=wording, hidden=Case.Hidden.CAMPAIGN).order_by("pk")
        shown = list(hidden.select_for_update(no_key=True).values_list("pk", flat=True))
        Case.objects.filter(pk__in=shown).update(hidden=Case.Hidden.NO, changed_at=now)
        wording.cleared_at = wording.cleared_at or now
        wording.save(update_fields=["cleared_at"])
        audit.record(
            "campaign_cleared", agent=agent, case=None, now=now, wording=wording.pk, cases=len(shown)
        )
        return wording


def restore(wording_id: int, *, agent: Agent, now: datetime) -> Wording | Refusal:
    """Take that back: cases in which nobody has done anything are looked at again by `sift`.

    Raises Wording.DoesNotExist.
    """
    with transaction.atomic():
        wording = _locked(wording_id)
        if refusal := refusal_for(agent, wording):
            return refusal
        wording.cleared_at, wording.many_at = None, wording.many_at and now
        wording.save(update_fields=["cleared_at", "many_at"])
        CaseMention.objects.filter(wording=wording).update(sifted_at=None)
        audit.record("campaign_restored", agent=agent, case=None, now=now, wording=wording.pk)
        return wording


def _locked(wording_id: int) -> Wording:
    return Wording.objects.select_for_update(no_key=True).get(pk=wording_id)
