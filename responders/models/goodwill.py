"""Goodwill offers and the limits that they are counted against."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _


class Offer(models.Model):
    """One goodwill offer in a case. `terms` is the policy as it stood when it was made."""

    class State(models.TextChoices):
        """How far the offer has come."""

        AWAITING_EVIDENCE = "awaiting_evidence", _("waiting for the photo")
        AWAITING_APPROVAL = "awaiting_approval", _("waiting for approval")
        GRANTED = "granted", _("granted")
        DECLINED = "declined", _("declined")
        WITHDRAWN = "withdrawn", _("withdrawn")

    case = models.ForeignKey("responders.Case", models.PROTECT, related_name="offers")
    kind = models.CharField(max_length=20)
    value = models.DecimalField(max_digits=10, decimal_places=2)
    currency = models.CharField(max_length=3)
    reason = models.TextField(blank=True)
    state = models.CharField(max_length=20, choices=State)
    terms = models.JSONField()
    month = models.DateField()
    """First day of the month whose limits it counts against, in the brand's time zone."""
    offered_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="offers")
    offered_at = models.DateTimeField()
    evidence = models.ForeignKey("listeners.Media", models.SET_NULL, null=True, blank=True, related_name="+")
    evidence_confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="decisions"
    )
    decided_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        """Constraints; an offer that needed approval is never decided by who made it."""

        constraints = [
            models.CheckConstraint(condition=Q(value__gte=0), name="offer_value"),
            models.CheckConstraint(
                condition=Q(
                    state__in=["awaiting_evidence", "awaiting_approval", "granted", "declined", "withdrawn"]
                ),
                name="offer_state",
            ),
            models.CheckConstraint(
                condition=Q(decided_by__isnull=True) | ~Q(decided_by=F("offered_by")), name="offer_four_eyes"
            ),
        ]
        indexes = [
            models.Index(
                fields=["offered_at"], condition=Q(state="awaiting_approval"), name="offer_to_approve"
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.value} {self.currency}"


class Allowance(models.Model):
    """What one brand, agent or customer has used of one month's limit; the database refuses more.

    Offers reserve their value here when they are made and give it back when declined or withdrawn.
    """

    class Scope(models.TextChoices):
        """Whose limit it is."""

        BRAND = "brand", _("budget")
        AGENT = "agent", _("agent")
        CUSTOMER = "customer", _("customer")

    brand = models.CharField(max_length=50)
    scope = models.CharField(max_length=10, choices=Scope)
    subject_id = models.BigIntegerField(default=0)
    """The agent's or customer's id; 0 for the brand."""
    month = models.DateField()
    cap = models.DecimalField(max_digits=12, decimal_places=2)
    used = models.DecimalField(max_digits=12, decimal_places=2, default=0)

    class Meta:
        """Constraints."""

        constraints = [
            models.UniqueConstraint(fields=["brand", "scope", "subject_id", "month"], name="allowance_once"),
            models.CheckConstraint(condition=Q(used__gte=0), name="allowance_not_negative"),
            models.CheckConstraint(condition=Q(used__lte=F("cap")), name="allowance_within_cap"),
        ]

    def __str__(self) -> str:
        return f"{self.brand} {self.scope} {self.month:%Y-%m}: {self.used} of {self.cap}"
