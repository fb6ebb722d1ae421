"""The photos of mentions."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from listeners.models.mention import Mention


class Media(models.Model):
    """A photo of a mention; `file` is empty until it has been fetched under `var/media`."""

    mention = models.ForeignKey(Mention, models.CASCADE, related_name="media")
    url = models.URLField(max_length=1000)
    alt = models.CharField(max_length=500, blank=True)
    file = models.CharField(max_length=200, blank=True)
    width = models.PositiveIntegerField(default=0)
    height = models.PositiveIntegerField(default=0)
    failures = models.PositiveSmallIntegerField(default=0)
    error = models.CharField(max_length=300, blank=True)
    next_fetch_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        """Constraints."""

        verbose_name_plural = "media"
        constraints = [models.UniqueConstraint(fields=["mention", "url"], name="media_once")]
        indexes = [models.Index(fields=["next_fetch_at"], condition=Q(file=""), name="media_to_fetch")]

    def __str__(self) -> str:
        return self.url


class DiscardedFile(models.Model):
    """A photo whose row is gone and that has to leave the storage, which may be down at that moment."""

    file = models.CharField(max_length=200, unique=True)

    def __str__(self) -> str:
        return self.file
