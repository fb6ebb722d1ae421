"""Sources and their health, authors, mentions, their photos, and the items that no stage could work on."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _


class Source(models.Model):
    """One query on one network for one brand, with its cursor and its health."""

    class State(models.TextChoices):
        """Whether the source is listened to."""

        ACTIVE = "active", _("listening")
        PAUSED = "paused", _("paused")
        DISABLED = "disabled", _("log-in refused")

    slug = models.SlugField(unique=True)
    brand = models.CharField(max_length=50)
    network = models.CharField(max_length=40)
    query = models.CharField(max_length=500, blank=True)
    settings = models.JSONField(default=dict, blank=True)
    state = models.CharField(max_length=10, choices=State, default=State.ACTIVE)
    cursor = models.TextField(blank=True)
    cursor_at = models.DateTimeField(null=True, blank=True)
    """When the cursor last moved."""
    next_fetch_at = models.DateTimeField(null=True, blank=True)
    last_success_at = models.DateTimeField(null=True, blank=True)
    last_post_at = models.DateTimeField(null=True, blank=True)
    last_error = models.TextField(blank=True)
    failures = models.PositiveIntegerField(default=0)
    recheck_at = models.DateTimeField(null=True, blank=True)
    """When its stored posts are next looked through for some to read again; empty for at once."""
    recheck_error = models.TextField(blank=True)
    recheck_failures = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField()

    class Meta:
        """Constraints and order."""

        ordering = ["slug"]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=["active", "paused", "disabled"]), name="source_state"
            ),
            models.UniqueConstraint(fields=["brand", "network", "query"], name="source_once"),
        ]

    def __str__(self) -> str:
        return self.slug


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


class Alarm(models.Model):
    """Something of a source that a person has to know of, told once when it begins and once when it is over.

    What comes back before its end was told is the same alarm. `reached` holds fingerprints of the addresses
    that have taken what is to be told now, so that only the others are tried again.
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
    reached = models.JSONField(default=list, blank=True)
    failures = models.PositiveIntegerField(default=0)
    next_try_at = models.DateTimeField()
    """When it is told, or tried to be told, next."""

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


class Budget(models.Model):
    """How many calls a network still allows until a time, shared by all sources and workers of its `key`."""

    key = models.CharField(max_length=100, unique=True)
    """Network, account and kind of calls; see `Network.allowance_key`."""
    limit = models.PositiveIntegerField(default=0)
    left = models.PositiveIntegerField()
    resets_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.key


class Stream(models.Model):
    """The one connection over which an account is told of posts at once; one worker holds it at a time."""

    key = models.CharField(max_length=100, unique=True)
    """Network, account and what is listened to; see `Streaming.stream_key`."""
    holder = models.CharField(max_length=36, blank=True)
    held_until = models.DateTimeField(null=True, blank=True)
    """The end of the holder's lease: a worker that died is followed by another then."""
    next_try_at = models.DateTimeField(null=True, blank=True)
    heard_at = models.DateTimeField(null=True, blank=True)
    """When anything last came, a heartbeat too."""
    failures = models.PositiveIntegerField(default=0)
    last_error = models.TextField(blank=True)

    def __str__(self) -> str:
        return self.key


class Author(models.Model):
    """The account that wrote mentions, unique by network and native id."""

    network = models.CharField(max_length=40)
    native_id = models.CharField(max_length=200)
    handle = models.CharField(max_length=200)
    name = models.CharField(max_length=200, blank=True)
    followers = models.PositiveIntegerField(null=True, blank=True)
    profile_url = models.URLField(max_length=500, blank=True)
    joined_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        """Constraints."""

        constraints = [models.UniqueConstraint(fields=["network", "native_id"], name="author_once")]

    def __str__(self) -> str:
        return f"@{self.handle}"


class Mention(models.Model):
    """One post, comment, review or message about a brand, unique by network and native id.

    The `*_at` columns after `seen_at` say which stages have done their work.
    """

    class Kind(models.TextChoices):
        """What the network calls it."""

        POST = "post", _("post")
        COMMENT = "comment", _("comment")
        REVIEW = "review", _("review")
        MESSAGE = "message", _("message")

    brand = models.CharField(max_length=50)
    network = models.CharField(max_length=40)
    native_id = models.CharField(max_length=200)
    source = models.ForeignKey(Source, models.PROTECT, related_name="mentions")
    author = models.ForeignKey(Author, models.PROTECT, related_name="mentions")
    kind = models.CharField(max_length=10, choices=Kind, default=Kind.POST)
    text = models.TextField(blank=True)
    language = models.CharField(max_length=16, blank=True)
    """The network's own tag."""
    url = models.URLField(max_length=1000, blank=True)
    parent_id = models.CharField(max_length=200, blank=True)
    thread_id = models.CharField(max_length=200, blank=True)
    quoted_id = models.CharField(max_length=200, blank=True)
    reactions = models.PositiveIntegerField(default=0)
    shares = models.PositiveIntegerField(default=0)
    rating = models.PositiveSmallIntegerField(null=True, blank=True)
    can_reply = models.BooleanField(default=True)
    cannot_reply_reason = models.CharField(max_length=300, blank=True)
    reply_until = models.DateTimeField(null=True, blank=True)
    """After it the network takes no answer to it; empty where it always does."""
    is_backfill = models.BooleanField(default=False)
    posted_at = models.DateTimeField()
    seen_at = models.DateTimeField()
    rechecked_at = models.DateTimeField(null=True, blank=True)
    """When the network was last asked whether it still stands there as it stands here."""
    edited_at = models.DateTimeField(null=True, blank=True)
    deleted_at = models.DateTimeField(null=True, blank=True)
    assessed_at = models.DateTimeField(null=True, blank=True)
    routed_at = models.DateTimeField(null=True, blank=True)
    queued_at = models.DateTimeField(null=True, blank=True)
    first_reply_at = models.DateTimeField(null=True, blank=True)
    indexed_at = models.DateTimeField(null=True, blank=True)
    dead = models.BooleanField(default=False)
    """Whether a stage gave up on it; see `DeadLetter`."""

    class Meta:
        """Constraints, and one partial index a stage so that finding work costs the same at any size."""

        constraints = [
            models.UniqueConstraint(fields=["network", "native_id"], name="mention_once"),
            models.CheckConstraint(
                condition=Q(rating__isnull=True) | Q(rating__range=(1, 5)), name="mention_rating"
            ),
            models.CheckConstraint(
                condition=Q(routed_at__isnull=True) | Q(assessed_at__isnull=False), name="mention_stage_order"
            ),
        ]
        indexes = [
            models.Index(
                fields=["id"], condition=Q(assessed_at__isnull=True, dead=False), name="mention_to_assess"
            ),
            models.Index(
                fields=["id"],
                condition=Q(assessed_at__isnull=False, routed_at__isnull=True, dead=False),
                name="mention_to_route",
            ),
            models.Index(
                fields=["id"],
                condition=Q(routed_at__isnull=False, indexed_at__isnull=True, dead=False),
                name="mention_to_index",
            ),
            models.Index(fields=["network", "thread_id"], condition=~Q(thread_id=""), name="mention_thread"),
            models.Index(fields=["source", "-posted_at"], name="mention_by_source"),
            models.Index(
                "source",
                Coalesce("rechecked_at", "seen_at"),
                condition=Q(deleted_at__isnull=True),
                name="mention_to_recheck",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.network}/{self.native_id}"


class Media(models.Model):
    """A photo of a mention; `file` is empty until it has been fetched under `var/media`."""

    mention = models.ForeignKey(Mention, models.CASCADE, related_name="media")
    url = models.URLField(max_length=1000)
    alt = models.CharField(max_length=500, blank=True)
    file = models.CharField(max_length=200, blank=True)
    width = models.PositiveIntegerField(default=0)
    height = models.PositiveIntegerField(default=0)
    failures = models.PositiveSmallIntegerField(default=0)
    error = models.CharField(max_length=300, blank=True)
    next_fetch_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        """Constraints."""

        verbose_name_plural = "media"
        constraints = [models.UniqueConstraint(fields=["mention", "url"], name="media_once")]
        indexes = [models.Index(fields=["next_fetch_at"], condition=Q(file=""), name="media_to_fetch")]

    def __str__(self) -> str:
        return self.url


class DiscardedFile(models.Model):
    """A photo whose row is gone and that has to leave the storage, which may be down at that moment."""

    file = models.CharField(max_length=200, unique=True)

    def __str__(self) -> str:
        return self.file


class Conversation(models.Model):
    """A thread on a network of which mentions are a part; `native_id` is that of what it began with."""

    brand = models.CharField(max_length=50)
    network = models.CharField(max_length=40)
    native_id = models.CharField(max_length=200)
    source = models.ForeignKey(Source, models.CASCADE, related_name="conversations")
    next_fetch_at = models.DateTimeField(null=True, blank=True)
    """When it is asked for next; empty where nothing can change."""
    fetched_at = models.DateTimeField(null=True, blank=True)
    """When the network last showed its posts; what it does not confirm in time goes."""
    failures = models.PositiveIntegerField(default=0)
    error = models.CharField(max_length=300, blank=True)

    class Meta:
        """Constraints."""

        constraints = [
            models.UniqueConstraint(fields=["brand", "network", "native_id"], name="conversation_once")
        ]
        indexes = [models.Index(fields=["next_fetch_at"], name="conversation_to_fetch")]

    def __str__(self) -> str:
        return f"{self.network}/{self.native_id}"


class Context(models.Model):
    """That a mention is to be read together with what it answers or quotes, which its conversation holds."""

    mention = models.OneToOneField(Mention, models.CASCADE, related_name="context")
    conversation = models.ForeignKey(Conversation, models.CASCADE, related_name="contexts")
    is_wanted = models.BooleanField(default=True)
    """Whether somebody works on the mention, so that its conversation is kept up to date."""

    def __str__(self) -> str:
        return f"{self.mention} in {self.conversation}"


class ContextPost(models.Model):
    """A post that stands before a mention: other people's words or ours, on which no stage ever works."""

    conversation = models.ForeignKey(Conversation, models.CASCADE, related_name="posts")
    native_id = models.CharField(max_length=200)
    parent_id = models.CharField(max_length=200, blank=True)
    author_native_id = models.CharField(max_length=200, blank=True, db_index=True)
    handle = models.CharField(max_length=200, blank=True)
    name = models.CharField(max_length=200, blank=True)
    text = models.TextField(blank=True)
    url = models.URLField(max_length=1000, blank=True)
    posted_at = models.DateTimeField()
    is_own = models.BooleanField(default=False)
    deleted = models.BooleanField(default=False)
    erased = models.BooleanField(default=False)
    """Whether its author was forgotten: it stays blank, however often the network shows it."""

    class Meta:
        """Constraints, and order: oldest first."""

        ordering = ["posted_at", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["conversation", "native_id"], name="context_post_once")
        ]

    def __str__(self) -> str:
        return f"{self.conversation}: {self.native_id}"


class DeadLetter(models.Model):
    """Something that a stage could not work on: a mention, or a raw item of a source's page."""

    stage = models.CharField(max_length=20)
    source = models.ForeignKey(Source, models.CASCADE, null=True, blank=True, related_name="dead_letters")
    mention = models.ForeignKey(Mention, models.CASCADE, null=True, blank=True, related_name="dead_letters")
    where = models.CharField(max_length=200, blank=True)
    payload = models.TextField(blank=True)
    error = models.TextField()
    at = models.DateTimeField()
    replayed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        """Order: newest first."""

        ordering = ["-at"]

    def __str__(self) -> str:
        return f"{self.stage}: {self.error[:80]}"


class HookDelivery(models.Model):
    """A webhook delivery that was accepted, kept so that its repetition changes nothing."""

    source = models.ForeignKey(Source, models.CASCADE, related_name="deliveries")
    delivery_id = models.CharField(max_length=200)
    at = models.DateTimeField(db_index=True)

    class Meta:
        """Constraints."""

        verbose_name_plural = "hook deliveries"
        constraints = [models.UniqueConstraint(fields=["source", "delivery_id"], name="delivery_once")]

    def __str__(self) -> str:
        return self.delivery_id
