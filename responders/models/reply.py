"""The outbox."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class Reply(models.Model):
    """A message to the customer; `key` is made before the first call to the network.

    A row in SENDING with an old `tried_at` means that a worker died: its outcome is unknown.
    """

    class State(models.TextChoices):
        """What is known of its fate."""

        QUEUED = "queued", _("on its way")
        SENDING = "sending", _("being sent")
        UNKNOWN = "unknown", _("outcome unknown, looking")
        SENT = "sent", _("sent")
        BY_HAND = "by_hand", _("answered by hand")
        FAILED = "failed", _("not sent")
        UNDECIDED = "undecided", _("please check on the network")
        CANCELLED = "cancelled", _("taken back")

    case = models.ForeignKey("responders.Case", models.PROTECT, related_name="replies")
    mention = models.ForeignKey("listeners.Mention", models.PROTECT, related_name="replies")
    agent = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="replies")
    offer = models.ForeignKey(
        "responders.Offer", models.PROTECT, null=True, blank=True, related_name="replies"
    )
    text = models.TextField()
    is_private = models.BooleanField(default=False)
    """Whether only the author of the mention reads it."""
    resolves = models.BooleanField(default=False)
    """Whether the case closes once this is delivered."""
    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    form_key = models.UUIDField(unique=True)
    """Made with the form, so that a form sent twice is one reply."""
    state = models.CharField(max_length=10, choices=State, default=State.QUEUED)
    attempts = models.PositiveSmallIntegerField(default=0)
    created_at = models.DateTimeField()
    next_attempt_at = models.DateTimeField()
    waits_until = models.DateTimeField(null=True, blank=True)
    """When the network takes replies again; set only while the reply waits for that."""
    first_tried_at = models.DateTimeField(null=True, blank=True)
    tried_at = models.DateTimeField(null=True, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)
    native_id = models.CharField(max_length=200, blank=True)
    url = models.URLField(max_length=1000, blank=True)
    error = models.TextField(blank=True)

    class Meta:
        """Constraints, and the index by which the send stage finds its work."""

        verbose_name_plural = "replies"
        constraints = [
            models.CheckConstraint(
                condition=Q(
                    state__in=[
                        "queued",
                        "sending",
                        "unknown",
                        "sent",
                        "by_hand",
                        "failed",
                        "undecided",
                        "cancelled",
                    ]
                ),
                name="reply_state",
            ),
            models.CheckConstraint(
                condition=~Q(state="sent") | (Q(sent_at__isnull=False) & ~Q(native_id="", url="")),
                name="reply_sent",
            ),
        ]
        indexes = [
            models.Index(
                fields=["next_attempt_at"],
                condition=Q(state__in=["queued", "sending", "unknown"]),
                name="reply_to_send",
            )
        ]

    def __str__(self) -> str:
        return f"{self.state}: {self.text[:60]}"
