"""What mentions say alike, so that a campaign of many accounts is one line of the queue."""

from __future__ import annotations

from django.db import models
from django.db.models import Q


class Wording(models.Model):
    """One text of a brand's mentions; a campaign once many accounts have posted it within a day."""

    brand = models.CharField(max_length=50)
    key = models.CharField(max_length=32)
    """Hash of the normalised text; texts that differ in a few words share the wording of the first one."""
    words = models.BinaryField()
    """Hashes of the words in their order, four bytes each: enough to compare, nothing to read."""
    posts = models.PositiveIntegerField(default=0)
    accounts = models.PositiveIntegerField(default=0)
    seen_at = models.DateTimeField()
    """When it was last met."""
    many_at = models.DateTimeField(null=True, blank=True)
    """When many accounts had last posted it within a day; empty while it is no campaign."""
    cleared_at = models.DateTimeField(null=True, blank=True)
    """When a person said that it is no campaign."""

    class Meta:
        """Constraints, and the indexes behind the campaigns of a brand and what is forgotten."""

        constraints = [models.UniqueConstraint(fields=["brand", "key"], name="wording_once")]
        indexes = [
            models.Index(
                fields=["brand", "-many_at"], condition=Q(many_at__isnull=False), name="wording_campaigns"
            ),
            models.Index(fields=["seen_at"], condition=Q(many_at__isnull=True), name="wording_to_forget"),
        ]

    def __str__(self) -> str:
        return f"{self.brand}: wording {self.pk}"


class WordingBand(models.Model):
    """One of a longer wording's band keys; wordings that share one are worth comparing."""

    wording = models.ForeignKey(Wording, models.CASCADE, related_name="bands")
    value = models.BigIntegerField(db_index=True)

    def __str__(self) -> str:
        return f"{self.wording}: {self.value}"
