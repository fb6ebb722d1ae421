"""The audit trail: entries that can be added but not changed, each sealed with the hash of the one before."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
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


@dataclass(frozen=True, slots=True)
class Inspection:
    """How many entries the trail has, and where it is broken."""

    entries: int
    broken: AuditEntry | None
    """The first entry that was changed or whose predecessor is missing."""
    is_cut: bool
    """Whether the newest entries are missing."""

    @property
    def is_sound(self) -> bool:
        """Whether every entry stands as it was written."""
        return self.broken is None and not self.is_cut


def inspect() -> Inspection:
    """Walk the whole trail and check every seal."""
    previous, count = GENESIS, 0
    for entry in AuditEntry.objects.order_by("pk").iterator(chunk_size=2000):
        if entry.previous_hash != previous or entry.hash != seal(entry):
            return Inspection(count, entry, is_cut=False)
        previous, count = entry.hash, count + 1
    head = AuditHead.objects.filter(pk=1).first()
    return Inspection(count, None, is_cut=head is not None and head.hash != previous)


def first_broken() -> AuditEntry | None:
    """Return the first entry that was changed or whose predecessor is missing; None for a sound chain."""
    return inspect().broken


def _locked_head() -> AuditHead:
    heads = AuditHead.objects.select_for_update()
    head = heads.filter(pk=1).first()
    if head is None:
        AuditHead.objects.bulk_create([AuditHead(pk=1, hash=GENESIS)], ignore_conflicts=True)
        head = heads.get(pk=1)
    return head
