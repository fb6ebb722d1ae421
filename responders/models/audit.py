"""Who did what, in rows that can be added but not changed, each sealed with the hash of the one before."""

from __future__ import annotations

from django.conf import settings
from django.db import models


class AuditHead(models.Model):
    """The single row (id 1) that holds the newest hash; locking it puts entries in one order."""

    hash = models.CharField(max_length=64)

    def __str__(self) -> str:
        return self.hash[:12]


class AuditEntry(models.Model):
    """One act of a person or of the system; the case's timeline is made of these.

    `detail` holds ids, amounts and states, never text of customers, so that erasing a person needs no change.
    """

    at = models.DateTimeField()
    agent = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    """Empty for the system itself."""
    action = models.CharField(max_length=40)
    case = models.ForeignKey(
        "responders.Case", models.DO_NOTHING, null=True, blank=True, related_name="audit", db_constraint=False
    )
    detail = models.JSONField(default=dict)
    previous_hash = models.CharField(max_length=64)
    hash = models.CharField(max_length=64, unique=True)

    class Meta:
        """Order: as written."""

        verbose_name_plural = "audit entries"
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.at:%F %T} {self.action}"
