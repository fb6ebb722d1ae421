"""The people behind authors."""

from __future__ import annotations

from django.db import models


class Customer(models.Model):
    """The person behind one or more authors."""

    name = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField()
    erased_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return self.name or f"customer {self.pk}"


class Identity(models.Model):
    """Says which customer an author is, and how that is known; an author is one customer only."""

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
