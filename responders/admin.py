"""The tables of this room in the admin: people are kept here, everything else is only looked at."""

from __future__ import annotations

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from config.read_only import ReadOnlyAdmin
from responders.models import (
    Agent,
    Allowance,
    AuditEntry,
    Case,
    Claim,
    Customer,
    DeadlineNotice,
    Identity,
    Note,
    Offer,
    Reply,
)


@admin.register(Agent)
class AgentAdmin(UserAdmin[Agent]):
    """People, what they may do and for which brands."""

    list_display = ("username", "first_name", "last_name", "role", "language", "is_active")
    list_filter = ("role", "is_active")
    fieldsets = (*(UserAdmin.fieldsets or ()), (_("Work"), {"fields": ("role", "brands", "language")}))
    add_fieldsets = (*UserAdmin.add_fieldsets, (_("Work"), {"fields": ("role", "brands", "language")}))


class PermanentAdmin(ReadOnlyAdmin):
    """Rows that change and go only by the verbs of this room, which keep their rules and the audit trail."""

    show_full_result_count = False

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        """Refuse."""
        return False


@admin.register(Case)
class CaseAdmin(PermanentAdmin):
    """Cases."""

    list_display = ("__str__", "brand", "customer", "state", "level", "owner", "opened_at", "due_at")
    list_filter = ("brand", "state", "level", "network")
    list_select_related = ("customer", "owner")
    search_fields = ("customer__name",)


@admin.register(Customer)
class CustomerAdmin(PermanentAdmin):
    """Customers."""

    list_display = ("__str__", "created_at", "erased_at")
    search_fields = ("name",)


@admin.register(Identity)
class IdentityAdmin(PermanentAdmin):
    """Which customer an author is."""

    list_display = ("author", "customer", "basis")
    list_select_related = ("author", "customer")
    search_fields = ("author__handle", "customer__name")


@admin.register(Claim)
class ClaimAdmin(PermanentAdmin):
    """Who held which case, and when."""

    list_display = ("case", "agent", "taken_at", "expires_at", "released_at")
    list_select_related = ("case", "agent")


@admin.register(Note)
class NoteAdmin(PermanentAdmin):
    """What the team wrote for itself."""

    list_display = ("case", "agent", "at", "__str__")
    list_select_related = ("case", "agent")


@admin.register(Offer)
class OfferAdmin(PermanentAdmin):
    """Goodwill offers."""

    list_display = ("__str__", "case", "state", "offered_by", "offered_at", "decided_by")
    list_filter = ("state", "kind")
    list_select_related = ("case", "offered_by", "decided_by")


@admin.register(Allowance)
class AllowanceAdmin(PermanentAdmin):
    """What is used of each month's limits."""

    list_display = ("brand", "month", "scope", "subject_id", "used", "cap")
    list_filter = ("brand", "scope", "month")


@admin.register(Reply)
class ReplyAdmin(PermanentAdmin):
    """The outbox."""

    list_display = ("__str__", "case", "agent", "state", "attempts", "created_at", "sent_at", "error")
    list_filter = ("state",)
    list_select_related = ("case", "agent")


@admin.register(DeadlineNotice)
class DeadlineNoticeAdmin(PermanentAdmin):
    """Which deadlines people were told of."""

    list_display = ("at", "brand", "kind", "told_at", "failures")
    list_filter = ("brand", "kind")


@admin.register(AuditEntry)
class AuditEntryAdmin(PermanentAdmin):
    """The audit trail."""

    list_display = ("at", "agent", "action", "case_id", "detail")
    list_filter = ("action",)
    list_select_related = ("agent",)
    date_hierarchy = "at"
