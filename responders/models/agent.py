"""The staff who log in."""

from __future__ import annotations

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class Agent(AbstractUser):
    """A person of the team; `role` says what they may do, `brands` (empty: all) for whom."""

    class Role(models.TextChoices):
        """What a person is here for."""

        CARE = "care", _("care")
        LEAD = "lead", _("lead")
        MARKETING = "marketing", _("marketing")
        OPS = "ops", _("ops")

    role = models.CharField(max_length=10, choices=Role, default=Role.CARE)
    language = models.CharField(max_length=2, choices=[("de", "Deutsch"), ("en", "English")], default="de")
    brands = models.JSONField(default=list, blank=True)

    class Meta:
        """Constraints."""

        verbose_name = _("agent")
        constraints = [
            models.CheckConstraint(
                condition=Q(role__in=["care", "lead", "marketing", "ops"]), name="agent_role"
            )
        ]

    def __str__(self) -> str:
        return self.get_full_name() or self.username

    @property
    def initials(self) -> str:
        """Two letters to sign with."""
        names = [self.first_name, self.last_name] if self.last_name else [self.username]
        return "".join(name[:1] for name in names).upper()

    @property
    def answers(self) -> bool:
        """Whether this person works on cases."""
        return self.role in {self.Role.CARE, self.Role.LEAD}

    @property
    def leads(self) -> bool:
        """Whether this person approves offers and may take over claims."""
        return self.role == self.Role.LEAD

    def serves(self, brand: str) -> bool:
        """Whether this person may see the cases of a brand."""
        return not self.brands or brand in self.brands
