"""Who holds an account's stream."""

from __future__ import annotations

from django.db import models


class Stream(models.Model):
    """The one connection over which an account is told of posts at once; one worker holds it at a time."""

    key = models.CharField(max_length=100, unique=True)
    """Network, account and what is listened to; see `Streaming.stream_key`."""
    holder = models.CharField(max_length=36, blank=True)
    held_until = models.DateTimeField(null=True, blank=True)
    """The end of the holder's lease: a worker that died is followed by another then."""
    next_try_at = models.DateTimeField(null=True, blank=True)
    heard_at = models.DateTimeField(null=True, blank=True)
    """When anything last came, a heartbeat too."""
    failures = models.PositiveIntegerField(default=0)
    last_error = models.TextField(blank=True)

    def __str__(self) -> str:
        return self.key
