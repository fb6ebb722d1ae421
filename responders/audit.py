"""The audit trail: entries that can be added but not changed, each sealed with the hash of the one before."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime

from django.db import transaction

from responders.models import Agent, AuditEntry, AuditHead, Case

GENESIS = "0" * 64
"""What the first entry is chained to."""


def record(
    action: str, *, agent: Agent | None, case: Case | None, now: datetime, **detail: object
) -> AuditEntry:
    """Add one entry; `agent` None means the system itself.

    It belongs into the transaction of the act, as its last statement: the chain stays locked until the end.
    `detail` takes ids, amounts and states, never text of customers.
    """
    with transaction.atomic():
        head = _locked_head()
        entry = AuditEntry(
            at=now,
            agent=agent,
            action=action,
            case=case,
            detail=json.loads(json.dumps(detail, default=str)),
            previous_hash=head.hash,
        )
        entry.hash = head.hash = seal(entry)
        entry.save(force_insert=True)
        head.save(update_fields=["hash"])
    return entry


def seal(entry: AuditEntry) -> str:
    """Return the SHA-256 of an entry's content and of the hash before it."""
    at = entry.at.astimezone(UTC).isoformat(timespec="microseconds")
    content = [at, entry.agent_id, entry.action, entry.case_id, entry.detail, entry.previous_hash]
    return hashlib.sha256(json.dumps(content, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def first_broken() -> AuditEntry | None:
    """Return the first entry that was changed or whose predecessor is missing; None for a sound chain.

    Where the newest entries were cut off, it is the last one left.
    """
    previous, entry = GENESIS, None
    for entry in AuditEntry.objects.order_by("pk").iterator(chunk_size=2000):
        if entry.previous_hash != previous or entry.hash != seal(entry):
            return entry
        previous = entry.hash
    head = AuditHead.objects.filter(pk=1).first()
    return entry if head is not None and head.hash != previous else None


def _locked_head() -> AuditHead:
    heads = AuditHead.objects.select_for_update()
    head = heads.filter(pk=1).first()
    if head is None:
        AuditHead.objects.bulk_create([AuditHead(pk=1, hash=GENESIS)], ignore_conflicts=True)
        head = heads.get(pk=1)
    return head
