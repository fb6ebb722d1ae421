"""What customers may demand of us: to be forgotten, and to be told all that we keep about them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction

from listeners.conversations import written_by
from listeners.erasure import erase_authors
from listeners.models import Mention
from responders import audit, cases
from responders.models import Agent, Case, Customer, Note, Offer, Reply
from responders.refusal import Refusal, refuse


def erase(customer_id: int, *, agent: Agent | None, now: datetime) -> Customer | Refusal:
    """Forget a person: names, accounts, texts and photos go, numbers stay; doing it again changes nothing.

    Their open cases close; refused while a reply or an offer of theirs is pending, and to all but leads
    (`agent` None is the command line). Raises Customer.DoesNotExist.
    """
    if agent is not None and not agent.leads:
        return refuse("not_lead")
    with transaction.atomic():
        customer = Customer.objects.select_for_update().get(pk=customer_id)
        open_cases = customer.cases.exclude(state=Case.State.RESOLVED).order_by("pk").select_for_update()
        for case in open_cases:
            if refusal := cases.refusal_of_closing(case):
                transaction.set_rollback(True)
                return refusal
            cases.close(case, now=now)
        erase_authors(customer.identities.values_list("author_id", flat=True), now=now)
        replies = Reply.objects.filter(case__customer=customer)
        replies.filter(state=Reply.State.SENT, native_id="").update(native_id="erased")
        replies.update(text="", error="", url="")
        Note.objects.filter(case__customer=customer).update(text="")
        Offer.objects.filter(case__customer=customer).update(reason="")
        customer.name, customer.erased_at = "", customer.erased_at or now
        customer.save()
        audit.record("erased", agent=agent, case=None, now=now, customer=customer.pk)
        return customer


def export(customer_id: int) -> Mapping[str, object]:
    """Return all that is kept about a person, as values that JSON knows (times as datetime).

    Raises Customer.DoesNotExist.
    """
    customer = Customer.objects.get(pk=customer_id)
    mine = {"case__customer": customer}
    authors = ("network", "native_id", "handle", "name", "followers", "profile_url", "joined_at")
    said = ("network", "native_id", "kind", "text", "url", "posted_at", "seen_at")
    verdicts = tuple(f"assessments__{name}" for name in ("sentiment", "urgency", "angry", "intent"))
    mentions = Mention.objects.filter(author__identity__customer=customer).order_by("posted_at")
    return {
        "customer": {"id": customer.pk, "name": customer.name, "since": customer.created_at},
        "accounts": list(customer.identities.values(*(f"author__{name}" for name in authors))),
        "posts": list(mentions.values(*said, *verdicts)),
        "context": _context(customer),
        "photos": list(mentions.exclude(media=None).values("native_id", "media__url", "media__alt")),
        "cases": list(customer.cases.values("pk", "brand", "state", "level", "opened_at", "resolved_at")),
        "replies": list(Reply.objects.filter(**mine).values("text", "state", "created_at", "sent_at", "url")),
        "offers": list(Offer.objects.filter(**mine).values("kind", "value", "currency", "reason", "state")),
        "notes": list(Note.objects.filter(**mine).values("text", "at")),
    }


def _context(customer: Customer) -> list[Mapping[str, object]]:
    """Return the customer's posts that are kept since they stand before a mention."""
    accounts = customer.identities.order_by("pk").values_list("author__network", "author__native_id")
    return [
        {"network": network, **post}
        for network, native_id in accounts
        for post in written_by(network, native_id).values("native_id", "text", "url", "posted_at")
    ]
