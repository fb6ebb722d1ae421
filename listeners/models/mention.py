"""What is written about a brand."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from listeners.models.author import Author
from listeners.models.source import Source


class Mention(models.Model):
    """One post, comment, review or message about a brand, unique by network and native id.

    The `*_at` columns after `seen_at` say which stages have done their work.
    """

    class Kind(models.TextChoices):
        """What the network calls it."""

        POST = "post", _("post")
        COMMENT = "comment", _("comment")
        REVIEW = "review", _("review")
        MESSAGE = "message", _("message")

    brand = models.CharField(max_length=50)
    network = models.CharField(max_length=40)
    native_id = models.CharField(max_length=200)
    source = models.ForeignKey(Source, models.PROTECT, related_name="mentions")
    author = models.ForeignKey(Author, models.PROTECT, related_name="mentions")
    kind = models.CharField(max_length=10, choices=Kind, default=Kind.POST)
    text = models.TextField(blank=True)
    language = models.CharField(max_length=16, blank=True)
    """The network's own tag."""
    url = models.URLField(max_length=1000, blank=True)
    parent_id = models.CharField(max_length=200, blank=True)
    thread_id = models.CharField(max_length=200, blank=True)
    quoted_id = models.CharField(max_length=200, blank=True)
    reactions = models.PositiveIntegerField(default=0)
    shares = models.PositiveIntegerField(default=0)
    rating = models.PositiveSmallIntegerField(null=True, blank=True)
    can_reply = models.BooleanField(default=True)
    cannot_reply_reason = models.CharField(max_length=300, blank=True)
    reply_until = models.DateTimeField(null=True, blank=True)
    """After it the network takes no answer to it; empty where it always does."""
    is_backfill = models.BooleanField(default=False)
    posted_at = models.DateTimeField()
    seen_at = models.DateTimeField()
    rechecked_at = models.DateTimeField(null=True, blank=True)
    """When the network was last asked whether it still stands there as it stands here."""
    edited_at = models.DateTimeField(null=True, blank=True)
    deleted_at = models.DateTimeField(null=True, blank=True)
    assessed_at = models.DateTimeField(null=True, blank=True)
    routed_at = models.DateTimeField(null=True, blank=True)
    queued_at = models.DateTimeField(null=True, blank=True)
    first_reply_at = models.DateTimeField(null=True, blank=True)
    indexed_at = models.DateTimeField(null=True, blank=True)
    dead = models.BooleanField(default=False)
    """Whether a stage gave up on it; see `DeadLetter`."""

    class Meta:
        """Constraints, and one partial index a stage so that finding work costs the same at any size."""

        constraints = [
            models.UniqueConstraint(fields=["network", "native_id"], name="mention_once"),
            models.CheckConstraint(
                condition=Q(rating__isnull=True) | Q(rating__range=(1, 5)), name="mention_rating"
            ),
            models.CheckConstraint(
                condition=Q(routed_at__isnull=True) | Q(assessed_at__isnull=False), name="mention_stage_order"
            ),
        ]
        indexes = [
            models.Index(
                fields=["id"], condition=Q(assessed_at__isnull=True, dead=False), name="mention_to_assess"
            ),
            models.Index(
                fields=["id"],
                condition=Q(assessed_at__isnull=False, routed_at__isnull=True, dead=False),
                name="mention_to_route",
            ),
            models.Index(
                fields=["id"],
                condition=Q(routed_at__isnull=False, indexed_at__isnull=True, dead=False),
                name="mention_to_index",
            ),
            models.Index(fields=["network", "thread_id"], condition=~Q(thread_id=""), name="mention_thread"),
            models.Index(fields=["source", "-posted_at"], name="mention_by_source"),
            models.Index(
                fields=["brand", "posted_at"],
                condition=Q(first_reply_at__isnull=False),
                name="mention_answered",
            ),
            models.Index(
                "source",
                Coalesce("rechecked_at", "seen_at"),
                condition=Q(deleted_at__isnull=True),
                name="mention_to_recheck",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.network}/{self.native_id}"
