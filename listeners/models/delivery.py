"""Webhook deliveries that were accepted."""

from __future__ import annotations

from django.db import models

from listeners.models.source import Source


class HookDelivery(models.Model):
    """A webhook delivery that was accepted, kept so that its repetition changes nothing."""

    source = models.ForeignKey(Source, models.CASCADE, related_name="deliveries")
    delivery_id = models.CharField(max_length=200)
    at = models.DateTimeField(db_index=True)

    class Meta:
        """Constraints."""

        verbose_name_plural = "hook deliveries"
        constraints = [models.UniqueConstraint(fields=["source", "delivery_id"], name="delivery_once")]

    def __str__(self) -> str:
        return self.delivery_id
