"""What may be answered without a person: every sender that no agent stands behind has to ask here first."""

from __future__ import annotations

from listeners.models import Mention
from responders.refusal import Refusal, refuse


def refusal_of_automatic(mention: Mention) -> Refusal | None:
    """Say why nothing automatic may answer a mention; None where it may.

    History, and what came late through a gap, is marked when it is stored: its author wrote to people long
    ago, and a machine's prompt answer would be an insult.
    """
    if mention.is_backfill:
        return refuse("came_late", posted=mention.posted_at, seen=mention.seen_at)
    return None
