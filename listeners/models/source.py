"""What is listened to."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class Source(models.Model):
    """One query on one network for one brand, with its cursor and its health."""

    class State(models.TextChoices):
        """Whether the source is listened to."""

        ACTIVE = "active", _("listening")
        PAUSED = "paused", _("paused")
        DISABLED = "disabled", _("log-in refused")

    slug = models.SlugField(unique=True)
    brand = models.CharField(max_length=50)
    network = models.CharField(max_length=40)
    query = models.CharField(max_length=500, blank=True)
    settings = models.JSONField(default=dict, blank=True)
    state = models.CharField(max_length=10, choices=State, default=State.ACTIVE)
    cursor = models.TextField(blank=True)
    cursor_at = models.DateTimeField(null=True, blank=True)
    """When the cursor last moved."""
    next_fetch_at = models.DateTimeField(null=True, blank=True)
    last_success_at = models.DateTimeField(null=True, blank=True)
    last_post_at = models.DateTimeField(null=True, blank=True)
    last_error = models.TextField(blank=True)
    failures = models.PositiveIntegerField(default=0)
    recheck_at = models.DateTimeField(null=True, blank=True)
    """When its stored posts are next looked through for some to read again; empty for at once."""
    recheck_error = models.TextField(blank=True)
    recheck_failures = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField()

    class Meta:
        """Constraints and order."""

        ordering = ["slug"]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=["active", "paused", "disabled"]), name="source_state"
            ),
            models.UniqueConstraint(fields=["brand", "network", "query"], name="source_once"),
        ]

    def __str__(self) -> str:
        return self.slug
