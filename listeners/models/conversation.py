"""What mentions answer and quote."""

from __future__ import annotations

from django.db import models

from listeners.models.mention import Mention
from listeners.models.source import Source


class Conversation(models.Model):
    """A thread on a network of which mentions are a part; `native_id` is that of what it began with."""

    brand = models.CharField(max_length=50)
    network = models.CharField(max_length=40)
    native_id = models.CharField(max_length=200)
    source = models.ForeignKey(Source, models.CASCADE, related_name="conversations")
    next_fetch_at = models.DateTimeField(null=True, blank=True)
    """When it is asked for next; empty where nothing can change."""
    fetched_at = models.DateTimeField(null=True, blank=True)
    """When the network last showed its posts; what it does not confirm in time goes."""
    failures = models.PositiveIntegerField(default=0)
    error = models.CharField(max_length=300, blank=True)

    class Meta:
        """Constraints."""

        constraints = [
            models.UniqueConstraint(fields=["brand", "network", "native_id"], name="conversation_once")
        ]
        indexes = [models.Index(fields=["next_fetch_at"], name="conversation_to_fetch")]

    def __str__(self) -> str:
        return f"{self.network}/{self.native_id}"


class Context(models.Model):
    """That a mention is to be read together with what it answers or quotes, which its conversation holds."""

    mention = models.OneToOneField(Mention, models.CASCADE, related_name="context")
    conversation = models.ForeignKey(Conversation, models.CASCADE, related_name="contexts")
    is_wanted = models.BooleanField(default=True)
    """Whether somebody works on the mention, so that its conversation is kept up to date."""

    def __str__(self) -> str:
        return f"{self.mention} in {self.conversation}"


class ContextPost(models.Model):
    """A post that stands before a mention: other people's words or ours, on which no stage ever works."""

    conversation = models.ForeignKey(Conversation, models.CASCADE, related_name="posts")
    native_id = models.CharField(max_length=200)
    parent_id = models.CharField(max_length=200, blank=True)
    author_native_id = models.CharField(max_length=200, blank=True, db_index=True)
    handle = models.CharField(max_length=200, blank=True)
    name = models.CharField(max_length=200, blank=True)
    text = models.TextField(blank=True)
    url = models.URLField(max_length=1000, blank=True)
    posted_at = models.DateTimeField()
    is_own = models.BooleanField(default=False)
    deleted = models.BooleanField(default=False)
    erased = models.BooleanField(default=False)
    """Whether its author was forgotten: it stays blank, however often the network shows it."""

    class Meta:
        """Constraints, and order: oldest first."""

        ordering = ["posted_at", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["conversation", "native_id"], name="context_post_once")
        ]

    def __str__(self) -> str:
        return f"{self.conversation}: {self.native_id}"
