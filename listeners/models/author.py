"""Who writes."""

from __future__ import annotations

from django.db import models


class Author(models.Model):
    """The account that wrote mentions, unique by network and native id."""

    network = models.CharField(max_length=40)
    native_id = models.CharField(max_length=200)
    handle = models.CharField(max_length=200)
    name = models.CharField(max_length=200, blank=True)
    followers = models.PositiveIntegerField(null=True, blank=True)
    profile_url = models.URLField(max_length=500, blank=True)
    joined_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        """Constraints."""

        constraints = [models.UniqueConstraint(fields=["network", "native_id"], name="author_once")]

    def __str__(self) -> str:
        return f"@{self.handle}"
