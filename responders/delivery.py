"""What an answer that reached the customer changes in its case."""

from __future__ import annotations

from datetime import datetime

from listeners.models import Mention
from responders import waiting
from responders.cases import close, turn_to_us, unanswered
from responders.models import Case, Reply


def answered(case: Case, reply: Reply, *, now: datetime) -> None:
    """Mark what a delivered reply answers in its locked case, and say whose turn it is now.

    Mentions that came after the reply was written are still unanswered: then it stays our turn.
    """
    seen = unanswered(case).filter(case_mention__added_at__lte=reply.created_at).values("pk")
    Mention.objects.filter(pk__in=list(seen.values_list("pk", flat=True))).update(
        first_reply_at=reply.sent_at, indexed_at=None
    )
    if case.first_replied_at is None:
        case.first_replied_at = reply.sent_at
        case.save(update_fields=["first_replied_at"])
    if case.state == Case.State.RESOLVED:
        return
    if unanswered(case).exists():
        turn_to_us(case, now=now)
    elif reply.resolves:
        close(case, now=now)
    else:
        waiting.theirs(case, now=now)
    case.save(update_fields=waiting.COLUMNS)
