"""How listening went: gaps, alarms and counts."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from listeners.models.source import Source
from listeners.models.told import Told


class Gap(models.Model):
    """A stretch in which a source was not listened to; posts of that time may have been missed.

    It is open while `ends_at` is missing, and filled once the network's pages have reached back over it.
    """

    class Reason(models.TextChoices):
        """Why nobody listened."""

        FAULT = "fault", _("faults of the network")
        LOGIN = "login", _("log-in refused")
        PAUSE = "pause", _("paused")
        BUDGET = "budget", _("no calls left")
        STOPPED = "stopped", _("Kulanz was not running")

    source = models.ForeignKey(Source, models.CASCADE, related_name="gaps")
    reason = models.CharField(max_length=10, choices=Reason)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField(null=True, blank=True)
    reached = models.BooleanField(default=False)
    """Whether a page since its end held what was posted before it began."""
    filled_at = models.DateTimeField(null=True, blank=True)
    lost = models.BooleanField(default=False)
    """Whether the network no longer shows that time: it stays "may have missed" for good."""

    class Meta:
        """Constraints, and order: newest first."""

        ordering = ["-starts_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["source"], condition=Q(ends_at__isnull=True), name="gap_open_once"
            ),
            models.UniqueConstraint(fields=["source", "starts_at"], name="gap_once"),
        ]

    def __str__(self) -> str:
        return f"{self.source}: {self.starts_at:%F %T}"


class Alarm(Told):
    """Something of a source that a person has to know of, told once when it begins and once when it is over.

    What comes back before its end was told is the same alarm; `reached` is about what is to be told now.
    """

    class Kind(models.TextChoices):
        """What is wrong."""

        LOGIN = "login", _("log-in refused")
        UNHEARD = "unheard", _("not listened to")
        SILENT = "silent", _("too silent")
        LETTERS = "letters", _("dead letters")
        EXPIRY = "expiry", _("log-in expires soon")

    source = models.ForeignKey(Source, models.CASCADE, related_name="alarms")
    kind = models.CharField(max_length=10, choices=Kind)
    began_at = models.DateTimeField()
    """Since when it is so, which may be long before it was noticed."""
    told_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    end_told_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        """Constraints, and order: newest first."""

        ordering = ["-began_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["source", "kind"], condition=Q(end_told_at__isnull=True), name="alarm_open_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.source}: {self.kind}"


class Tally(models.Model):
    """How often a source was asked within an hour, and how many of these times ended in a fault."""

    source = models.ForeignKey(Source, models.CASCADE, related_name="tallies")
    hour = models.DateTimeField()
    fetches = models.PositiveIntegerField(default=0)
    faults = models.PositiveIntegerField(default=0)

    class Meta:
        """Constraints."""

        verbose_name_plural = "tallies"
        constraints = [models.UniqueConstraint(fields=["source", "hour"], name="tally_once")]

    def __str__(self) -> str:
        return f"{self.source}: {self.hour:%F %H}:00"
