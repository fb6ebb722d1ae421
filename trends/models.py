"""What this room keeps: one narrow row a mention, incidents, and what people have to be told of."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from listeners.models import Told
from trends.elastic.models import Change, Copy
from trends.phase import Phase
from trends.topics.models import Topic, TopicMap, Vector

__all__ = ["Change", "Copy", "Fact", "Incident", "Notice", "Topic", "TopicMap", "Usual", "Vector"]


class Fact(models.Model):
    """What the charts need to know of one mention; it outlives the mention, without naming anybody."""

    mention = models.OneToOneField("listeners.Mention", models.SET_NULL, null=True, related_name="fact")
    brand = models.CharField(max_length=50)
    network = models.CharField(max_length=40)
    language = models.CharField(max_length=16)
    posted_at = models.DateTimeField()
    sentiment = models.CharField(max_length=8)
    urgency = models.PositiveSmallIntegerField()
    angry = models.BooleanField()
    intent = models.CharField(max_length=8)
    reach = models.PositiveIntegerField(default=0)
    phase = models.CharField(max_length=13, choices=Phase, default=Phase.UNKNOWN)
    topic = models.ForeignKey(
        Topic, models.SET_NULL, null=True, blank=True, related_name="facts", db_index=False
    )
    topic_at = models.DateTimeField(null=True, blank=True)
    """When its topic was last looked for; empty where the mention has changed since."""

    class Meta:
        """Indexes: a brand's stretch of time for all charts, a topic's, and what has no topic yet."""

        indexes = [
            models.Index(
                fields=["brand", "posted_at", "sentiment", "urgency", "network"], name="fact_by_brand_time"
            ),
            models.Index(fields=["topic", "posted_at"], name="fact_by_topic_time"),
            models.Index(
                fields=["id"],
                condition=Q(topic_at__isnull=True, mention__isnull=False),
                name="fact_to_topic",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.brand} {self.posted_at:%F} {self.sentiment}"


class Usual(models.Model):
    """What a brand's hours of the week usually bring; who holds the row looks for rises."""

    brand = models.CharField(max_length=50, unique=True)
    profile = models.JSONField(default=dict)
    """By network and kind: posts an hour for the 168 hours of the week, and how far they spread."""
    learned_at = models.DateTimeField(null=True, blank=True)
    checked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        """Names."""

        verbose_name_plural = "usual numbers"

    def __str__(self) -> str:
        return self.brand


class Incident(models.Model):
    """A sudden rise of negative or urgent posts; a brand has one at a time.

    It is calm since `ended_at`, and over once `closed_at` is set; what rises again between is the same one.
    """

    class Kind(models.TextChoices):
        """What rose."""

        NEGATIVE = "negative", _("negative posts")
        URGENT = "urgent", _("urgent posts")

    brand = models.CharField(max_length=50)
    network = models.CharField(max_length=40, blank=True)
    """Empty where it is not one network's alone."""
    kind = models.CharField(max_length=10, choices=Kind)
    window = models.PositiveSmallIntegerField()
    """Minutes in which the rise showed."""
    level = models.FloatField(default=1)
    """How many times the usual number the day before it brought."""
    began_at = models.DateTimeField()
    """When it seems to have begun, which may be long before it was noticed."""
    noticed_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    """Who ended it by hand; empty where it ended by itself."""
    is_none = models.BooleanField(default=False)
    """Whether a lead said that it is no incident."""
    muted_until = models.DateTimeField(null=True, blank=True)
    """Until then the same kind on the same network opens none."""
    count = models.PositiveIntegerField(default=0)
    expected = models.FloatField(default=0)
    """How many posts would have been usual in its time."""
    peak = models.PositiveIntegerField(default=0)
    """The most posts in a quarter of an hour."""
    first_peak = models.PositiveIntegerField(null=True, blank=True)
    """`peak` as it was when a whole quarter of an hour was over."""
    growth = models.FloatField(default=1)
    """The most that `count` ever was in times of `expected`."""
    reach = models.PositiveBigIntegerField(default=0)
    """Followers of all who posted."""
    copies = models.PositiveIntegerField(default=0)
    """Posts of it that repeat a campaign's text."""
    examples = models.ManyToManyField("listeners.Mention", related_name="+", blank=True)

    class Meta:
        """Constraints, order, and the index behind the list of a brand."""

        ordering = ["-began_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["brand"], condition=Q(closed_at__isnull=True), name="incident_open_once"
            ),
            models.CheckConstraint(condition=Q(kind__in=["negative", "urgent"]), name="incident_kind"),
            models.CheckConstraint(
                condition=Q(closed_at__isnull=True) | Q(ended_at__isnull=False), name="incident_closed_later"
            ),
        ]
        indexes = [models.Index(fields=["brand", "-began_at"], name="incident_by_brand")]

    def __str__(self) -> str:
        return f"{self.brand}: {self.kind} {self.began_at:%F %T}"


class Notice(Told):
    """Something to be told once: written together with what it tells of, told by whoever leases it."""

    class Kind(models.TextChoices):
        """What it tells."""

        BEGUN = "begun", _("begun")
        DOUBLED = "doubled", _("doubled")
        OVER = "over", _("over")
        DIGEST = "digest", _("weekly digest")

    key = models.CharField(max_length=100, unique=True)
    """Names the matter, so that nothing is to be told twice."""
    kind = models.CharField(max_length=10, choices=Kind)
    brand = models.CharField(max_length=50)
    incident = models.ForeignKey(Incident, models.CASCADE, null=True, blank=True, related_name="notices")
    about = models.DateTimeField()
    """The moment it tells of; of a digest the end of its week."""
    told_at = models.DateTimeField(null=True, blank=True)
    """When all addresses had it, or it had become needless."""

    class Meta:
        """The index by which its work is found."""

        indexes = [
            models.Index(fields=["next_try_at"], condition=Q(told_at__isnull=True), name="notice_to_tell")
        ]

    def __str__(self) -> str:
        return self.key
