"""Deadlines of cases that people were told of."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from listeners.models import Told


class DeadlineNotice(Told):
    """One message about cases of a brand whose deadline is near or past."""

    class Kind(models.TextChoices):
        """Where the deadline is."""

        NEAR = "near", _("due soon")
        PAST = "past", _("late")

    brand = models.CharField(max_length=50)
    kind = models.CharField(max_length=4, choices=Kind)
    at = models.DateTimeField()
    told_at = models.DateTimeField(null=True, blank=True)
    """When all addresses had it, or nothing was left to tell."""

    class Meta:
        """The index behind what is to be told, and order: newest first."""

        ordering = ["-at"]
        indexes = [
            models.Index(fields=["next_try_at"], condition=Q(told_at__isnull=True), name="notice_untold")
        ]

    def __str__(self) -> str:
        return f"{self.brand}: {self.kind} {self.at:%F %T}"


class NoticedCase(models.Model):
    """A case in a notice: once near and once past for each time that its customer waits for us."""

    notice = models.ForeignKey(DeadlineNotice, models.CASCADE, related_name="cases")
    case = models.ForeignKey("responders.Case", models.CASCADE, related_name="notices")
    kind = models.CharField(max_length=4, choices=DeadlineNotice.Kind)
    waiting_since = models.DateTimeField()

    class Meta:
        """Constraints."""

        constraints = [
            models.UniqueConstraint(fields=["case", "kind", "waiting_since"], name="noticed_once_each_wait")
        ]

    def __str__(self) -> str:
        return f"{self.case}: {self.kind}"
