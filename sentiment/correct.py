"""What a person does who knows better than the model."""

from __future__ import annotations

from datetime import datetime

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction

from listeners.models import Mention
from sentiment.exceptions import CorrectionError
from sentiment.labels import HEADS
from sentiment.models import Assessment, Correction


def correct(
    assessment_id: int, *, agent: AbstractBaseUser, head: str, value: str, now: datetime
) -> Correction | None:
    """Put `value` in force for one head of an assessment and keep the correction for training.

    `value` is one of the head's labels ("negative", "2", "1", "problem"). Returns None where it is in force
    already. The mention is counted anew in the trends. Raises CorrectionError for a head or value that does
    not exist, and Assessment.DoesNotExist.
    """
    if value not in HEADS.get(head, ()):
        raise CorrectionError(f"{head!r} cannot be {value!r}; heads and labels: {HEADS}.")
    with transaction.atomic():
        assessment = Assessment.objects.select_for_update().get(pk=assessment_id)
        before = _label(assessment, head)
        if before == value:
            return None
        setattr(assessment, head, _column(head, value))
        assessment.is_corrected = True
        assessment.save(update_fields=[head, "is_corrected"])
        Mention.objects.filter(pk=assessment.mention_id).update(indexed_at=None)
        return Correction.objects.create(
            assessment=assessment, agent_id=agent.pk, head=head, before=before, after=value, at=now
        )


def _label(assessment: Assessment, head: str) -> str:
    value = getattr(assessment, head)
    return str(int(value)) if head == "angry" else str(value)


def _column(head: str, value: str) -> str | int | bool:
    if head == "angry":
        return value == "1"
    return int(value) if head == "urgency" else value
