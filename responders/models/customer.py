"""The people behind authors."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext as _


class Customer(models.Model):
    """The person behind one or more authors."""

    name = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField()
    erased_at = models.DateTimeField(null=True, blank=True)
    vouched_at = models.DateTimeField(null=True, blank=True)
    """When a person of the team said that this is no bot."""

    def __str__(self) -> str:
        return self.name or f"customer {self.pk}"


class Identity(models.Model):
    """Says which customer an author is, and how that is known; an author is one customer only.

    Authors of a network whose rules forbid matching are alone in their customer.
    """

    class Basis(models.TextChoices):
        """How the match was made."""

        FIRST_SEEN = "first_seen", "first seen"
        AGENT = "agent", "by an agent"

    author = models.OneToOneField("listeners.Author", models.CASCADE, related_name="identity")
    customer = models.ForeignKey(Customer, models.CASCADE, related_name="identities")
    basis = models.CharField(max_length=12, choices=Basis, default=Basis.FIRST_SEEN)

    class Meta:
        """Names."""

        verbose_name_plural = "identities"

    def __str__(self) -> str:
        return f"{self.author} is {self.customer}"

    def save(self, *args: Any, **rest: Any) -> None:
        """Write the row; raises ValidationError where a network forbids to match its authors."""
        others = Identity.objects.filter(customer=self.customer_id).exclude(author=self.author_id)
        networks = set(others.values_list("author__network", flat=True))
        for name in sorted({*networks, self.author.network}) if networks else ():
            _refuse_unless_matchable(name)
        super().save(*args, **rest)


def _refuse_unless_matchable(name: str) -> None:
    # The registry needs the models of its room, which are not there yet when this module is read.
    from listeners.networks.registry import NETWORKS

    network = NETWORKS.get(name)
    if network is not None and not network.matches_people:
        told = _("%(network)s forbids to match its authors with people elsewhere.")
        raise ValidationError(told % {"network": network.label})
