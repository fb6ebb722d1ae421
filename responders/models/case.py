"""Cases, the mentions they are made of, who holds them, and the team's notes."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

UNINDEXED = ~Q(changed_at=models.F("indexed_at"))
"""Says of a case that trends have not taken note of its last change."""


class Case(models.Model):
    """One customer's matter.

    `base_points` is the sum of `parts` without waiting; `rank_at` is the moment from which waiting counts
    (`waiting.counted_from`) moved earlier by what those points weigh in minutes, so that waiting raises a
    case without any row being written.
    """

    class State(models.TextChoices):
        """Whose turn it is."""

        OPEN = "open", _("waiting for us")
        WAITING = "waiting", _("waiting for the customer")
        SNOOZED = "snoozed", _("snoozed")
        RESOLVED = "resolved", _("resolved")

    class Level(models.IntegerChoices):
        """How soon a person must act, in words."""

        NONE = 0, _("none")
        NORMAL = 1, _("normal")
        HIGH = 2, _("high")
        CRITICAL = 3, _("critical")

    class Hidden(models.TextChoices):
        """Why the lists do not show a case that waits for us."""

        NO = "", _("shown")
        CAMPAIGN = "campaign", _("similar posts")
        BOT = "bot", _("perhaps a bot")

    brand = models.CharField(max_length=50)
    network = models.CharField(max_length=40)
    customer = models.ForeignKey("responders.Customer", models.PROTECT, related_name="cases")
    latest_mention = models.ForeignKey("listeners.Mention", models.PROTECT, related_name="+")
    state = models.CharField(max_length=10, choices=State, default=State.OPEN)
    level = models.PositiveSmallIntegerField(choices=Level)
    parts = models.JSONField(default=list)
    """Named parts of the priority: `[{"name": "anger", "points": 15.0, "detail": {...}}, …]`."""
    base_points = models.FloatField(default=0)
    rank_at = models.DateTimeField()
    language = models.CharField(max_length=16, blank=True)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="cases"
    )
    opened_at = models.DateTimeField()
    waiting_since = models.DateTimeField()
    """When the customer's oldest unanswered mention was posted."""
    due_at = models.DateTimeField(null=True, blank=True)
    """Deadline of the answer that is due now; empty while it is the customer's turn."""
    first_replied_at = models.DateTimeField(null=True, blank=True)
    snoozed_until = models.DateTimeField(null=True, blank=True)
    resolved_at = models.DateTimeField(null=True, blank=True)
    changed_at = models.DateTimeField()
    indexed_at = models.DateTimeField(null=True, blank=True)
    """The `changed_at` that trends have taken note of."""
    hidden = models.CharField(max_length=10, choices=Hidden, default=Hidden.NO, blank=True)
    campaign = models.ForeignKey(
        "responders.Wording", models.SET_NULL, null=True, blank=True, related_name="cases", db_index=False
    )
    """The wording for which it was hidden last."""

    class Meta:
        """Constraints, and the indexes behind each list of the rail."""

        constraints = [
            models.UniqueConstraint(
                fields=["brand", "customer"], condition=~Q(state="resolved"), name="case_one_open"
            ),
            models.CheckConstraint(
                condition=Q(state__in=["open", "waiting", "snoozed", "resolved"]), name="case_state"
            ),
            models.CheckConstraint(condition=Q(level__range=(0, 3)), name="case_level"),
            models.CheckConstraint(
                condition=Q(state="resolved", resolved_at__isnull=False)
                | (~Q(state="resolved") & Q(resolved_at__isnull=True)),
                name="case_resolved_at",
            ),
            models.CheckConstraint(
                condition=~Q(state="snoozed") | Q(snoozed_until__isnull=False), name="case_snoozed_until"
            ),
            models.CheckConstraint(
                condition=Q(hidden="") | Q(state="open", owner__isnull=True, level__lt=3),
                name="case_hidden_free_and_not_critical",
            ),
        ]
        indexes = [
            models.Index(fields=["brand", "state", "hidden", "-level", "rank_at"], name="case_queue"),
            models.Index(
                fields=["brand", "owner", "state", "hidden", "-level", "rank_at"], name="case_of_owner"
            ),
            models.Index(fields=["brand", "state", "hidden", "due_at"], name="case_due"),
            models.Index(
                fields=["brand", "network", "state", "hidden", "-level", "rank_at"], name="case_of_network"
            ),
            models.Index(
                fields=["campaign", "hidden", "-level", "rank_at"],
                condition=Q(campaign__isnull=False),
                name="case_of_campaign",
            ),
            models.Index(fields=["brand", "changed_at"], name="case_changed"),
            models.Index(fields=["id"], condition=UNINDEXED, name="case_to_index"),
            models.Index(fields=["snoozed_until"], condition=Q(state="snoozed"), name="case_snoozed"),
            models.Index(
                fields=["brand", "-resolved_at"], condition=Q(state="resolved"), name="case_by_resolved"
            ),
        ]

    def __str__(self) -> str:
        return f"case {self.pk}"


class CaseMention(models.Model):
    """Puts a mention into its case; a mention belongs to one case only."""

    case = models.ForeignKey(Case, models.CASCADE, related_name="case_mentions")
    mention = models.OneToOneField("listeners.Mention", models.CASCADE, related_name="case_mention")
    added_at = models.DateTimeField()
    sifted_at = models.DateTimeField(null=True, blank=True)
    """When its words were last compared with those of others."""
    wording = models.ForeignKey(
        "responders.Wording", models.SET_NULL, null=True, blank=True, related_name="case_mentions"
    )

    class Meta:
        """The index behind the stage that sifts."""

        indexes = [
            models.Index(fields=["id"], condition=Q(sifted_at__isnull=True), name="case_mention_to_sift")
        ]

    def __str__(self) -> str:
        return f"{self.mention} in {self.case}"


class Claim(models.Model):
    """A lease on a case; at most one is unreleased, and it counts only until `expires_at`."""

    case = models.ForeignKey(Case, models.CASCADE, related_name="claims")
    agent = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="claims")
    taken_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    released_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        """Constraints."""

        constraints = [
            models.UniqueConstraint(
                fields=["case"], condition=Q(released_at__isnull=True), name="claim_one_holder"
            ),
            models.CheckConstraint(
                condition=Q(expires_at__gt=models.F("taken_at")), name="claim_expires_later"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.agent} holds {self.case}"


class Note(models.Model):
    """What the team says among itself; customers never see it."""

    case = models.ForeignKey(Case, models.CASCADE, related_name="notes")
    agent = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="notes")
    text = models.TextField()
    at = models.DateTimeField()

    def __str__(self) -> str:
        return self.text[:80]
