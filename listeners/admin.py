"""The tables of this room in the admin."""

from __future__ import annotations

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from config.read_only import ReadOnlyAdmin
from listeners.dead_letters import replay
from listeners.models import (
    Alarm,
    Author,
    Budget,
    Conversation,
    DeadLetter,
    HookDelivery,
    Media,
    Mention,
    Source,
    Stream,
)

RECHECK = ("recheck_at", "recheck_error", "recheck_failures")


@admin.register(Source)
class SourceAdmin(admin.ModelAdmin[Source]):
    """Sources and their health."""

    list_display = ("slug", "brand", "network", "query", "state", "last_success_at", "failures", "last_error")
    list_filter = ("state", "network", "brand")
    search_fields = ("slug", "query")
    readonly_fields = ("cursor", "last_success_at", "last_post_at", "last_error", "failures", *RECHECK)
    actions = ("listen_now",)

    @admin.action(description=_("Listen now, also to those whose log-in was refused"))
    def listen_now(self, request: HttpRequest, queryset: QuerySet[Source]) -> None:
        """Make sources due."""
        queryset.update(state=Source.State.ACTIVE, next_fetch_at=timezone.now(), failures=0)


@admin.register(Author)
class AuthorAdmin(ReadOnlyAdmin):
    """Authors."""

    list_display = ("handle", "name", "network", "followers")
    list_filter = ("network",)
    search_fields = ("handle", "name", "native_id")


@admin.register(Mention)
class MentionAdmin(ReadOnlyAdmin):
    """Mentions, and how far each has come."""

    list_display = ("__str__", "brand", "posted_at", "seen_at", "assessed_at", "routed_at", "dead")
    list_filter = ("dead", "network", "brand", "is_backfill")
    search_fields = ("native_id", "text")
    list_select_related = ("author",)
    show_full_result_count = False


@admin.register(Conversation)
class ConversationAdmin(ReadOnlyAdmin):
    """Conversations around mentions, and what kept the network from showing them."""

    list_display = ("__str__", "source", "fetched_at", "next_fetch_at", "failures", "error")
    list_filter = ("network", "brand")
    list_select_related = ("source",)


@admin.register(Media)
class MediaAdmin(ReadOnlyAdmin):
    """Photos, and why some could not be fetched."""

    list_display = ("url", "mention", "file", "failures", "error", "next_fetch_at")
    list_select_related = ("mention",)
    actions = ("try_again",)

    @admin.action(description=_("Try again"))
    def try_again(self, request: HttpRequest, queryset: QuerySet[Media]) -> None:
        """Make given-up photos due."""
        queryset.filter(file="").update(next_fetch_at=timezone.now(), failures=0)


@admin.register(Budget)
class BudgetAdmin(ReadOnlyAdmin):
    """Calls that networks still allow."""

    list_display = ("key", "left", "limit", "resets_at")


@admin.register(Alarm)
class AlarmAdmin(ReadOnlyAdmin):
    """Alarms, and when they were told."""

    list_display = ("source", "kind", "began_at", "told_at", "ended_at", "end_told_at", "failures")
    list_filter = ("kind", "source")
    list_select_related = ("source",)
    exclude = ("reached",)


@admin.register(Stream)
class StreamAdmin(ReadOnlyAdmin):
    """Streams, who holds each, and how it is."""

    list_display = ("key", "holder", "held_until", "heard_at", "failures", "next_try_at", "last_error")


@admin.register(DeadLetter)
class DeadLetterAdmin(ReadOnlyAdmin):
    """What no stage could work on."""

    list_display = ("at", "stage", "source", "where", "error", "replayed_at")
    list_filter = ("stage", ("replayed_at", admin.EmptyFieldListFilter), "source")
    list_select_related = ("source", "mention")
    actions = ("replay",)

    @admin.action(description=_("Replay"))
    def replay(self, request: HttpRequest, queryset: QuerySet[DeadLetter]) -> None:
        """Give each letter another try and say what happened."""
        for letter in queryset.select_related("source"):
            outcome = replay(letter, now=timezone.now())
            level = messages.SUCCESS if outcome.done else messages.WARNING
            self.message_user(request, f"{letter.where or letter}: {outcome.message}", level)


@admin.register(HookDelivery)
class HookDeliveryAdmin(ReadOnlyAdmin):
    """Deliveries that were taken."""

    list_display = ("at", "source", "delivery_id")
    list_select_related = ("source",)
