"""Shows facts, incidents and notices to administrators, who cannot change them."""

from __future__ import annotations

from django.contrib import admin

from config.read_only import ReadOnlyAdmin
from trends.models import Fact, Incident, Notice


@admin.register(Fact)
class FactAdmin(ReadOnlyAdmin):
    """The list of facts."""

    list_display = ("posted_at", "brand", "network", "sentiment", "urgency", "angry")
    list_filter = ("brand", "network", "sentiment", "urgency")


@admin.register(Incident)
class IncidentAdmin(ReadOnlyAdmin):
    """The list of incidents."""

    list_display = ("began_at", "brand", "kind", "network", "count", "ended_at", "closed_at", "is_none")
    list_filter = ("brand", "kind", "is_none")


@admin.register(Notice)
class NoticeAdmin(ReadOnlyAdmin):
    """The list of what people were told, or wait to be."""

    list_display = ("key", "about", "told_at", "failures", "next_try_at")
    list_filter = ("kind", "brand")
