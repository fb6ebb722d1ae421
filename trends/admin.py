"""Shows facts to administrators, who cannot change them."""

from __future__ import annotations

from django.contrib import admin

from config.read_only import ReadOnlyAdmin
from trends.models import Fact


@admin.register(Fact)
class FactAdmin(ReadOnlyAdmin):
    """The list of facts."""

    list_display = ("posted_at", "brand", "network", "sentiment", "urgency", "angry")
    list_filter = ("brand", "network", "sentiment", "urgency")
