"""The stage that has the posts fetched which the mentions of open cases answer and quote."""

from __future__ import annotations

from datetime import datetime

from listeners.context import fetch_context
from listeners.conversations import ask, with_context
from listeners.models import Context, Conversation, Mention
from responders.models import Case


def context(*, now: datetime, size: int = 200) -> int:
    """Ask for what stands before mentions of open cases, and keep it true; returns how many were shown.

    When a case is resolved, nothing of it is asked for any more, and what is kept goes when the network was
    not asked for as long as it allows; when it is opened again, it is asked for again.
    """
    open_cases = Case.objects.exclude(state=Case.State.RESOLVED)
    in_work = Mention.objects.filter(case_mention__case__in=open_cases, context__isnull=True)
    ask(with_context(in_work).order_by("pk")[:size], now=now)
    of_cases = Context.objects.filter(mention__case_mention__isnull=False)
    closed = of_cases.filter(is_wanted=True, mention__case_mention__case__state=Case.State.RESOLVED)
    closed.update(is_wanted=False)
    reopened = of_cases.filter(is_wanted=False, mention__case_mention__case__in=open_cases)
    for context_id, conversation_id in reopened.values_list("pk", "conversation_id"):
        Context.objects.filter(pk=context_id).update(is_wanted=True)
        Conversation.objects.filter(pk=conversation_id, failures=0).update(next_fetch_at=now)
    return fetch_context(now=now)
