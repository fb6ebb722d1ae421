"""What no stage could work on."""

from __future__ import annotations

from django.db import models

from listeners.models.mention import Mention
from listeners.models.source import Source


class DeadLetter(models.Model):
    """Something that a stage could not work on: a mention, or a raw item of a source's page."""

    stage = models.CharField(max_length=20)
    source = models.ForeignKey(Source, models.CASCADE, null=True, blank=True, related_name="dead_letters")
    mention = models.ForeignKey(Mention, models.CASCADE, null=True, blank=True, related_name="dead_letters")
    where = models.CharField(max_length=200, blank=True)
    payload = models.TextField(blank=True)
    error = models.TextField()
    at = models.DateTimeField()
    replayed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        """Order: newest first."""

        ordering = ["-at"]

    def __str__(self) -> str:
        return f"{self.stage}: {self.error[:80]}"
