"""What the model said of each mention, and what people said instead."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class Sentiment(models.TextChoices):
    """How the author feels about the brand."""

    NEGATIVE = "negative", _("negative")
    NEUTRAL = "neutral", _("neutral")
    POSITIVE = "positive", _("positive")


class Urgency(models.IntegerChoices):
    """How soon a person must act."""

    NONE = 0, _("none")
    NORMAL = 1, _("normal")
    HIGH = 2, _("high")
    CRITICAL = 3, _("critical")


class Intent(models.TextChoices):
    """What the author wants."""

    PROBLEM = "problem", _("problem")
    QUESTION = "question", _("question")
    THANKS = "thanks", _("thanks")
    FEEDBACK = "feedback", _("feedback")
    OTHER = "other", _("other")


class Assessment(models.Model):
    """One verdict of one model version on one mention; the newest is in force.

    `probabilities` maps each head to its classes' calibrated probabilities. The columns hold what is in
    force for readers: the model's verdict, overridden by corrections (`is_corrected`).
    """

    mention = models.ForeignKey("listeners.Mention", models.CASCADE, related_name="assessments")
    sentiment = models.CharField(max_length=8, choices=Sentiment)
    urgency = models.PositiveSmallIntegerField(choices=Urgency)
    angry = models.BooleanField()
    intent = models.CharField(max_length=8, choices=Intent)
    language = models.CharField(max_length=16)
    supported = models.BooleanField(default=True)
    """Whether the model speaks the language; if not, the verdict is a guess and the console says so."""
    probabilities = models.JSONField()
    cues = models.JSONField(default=list, blank=True)
    """Names of alarming word groups in the text, for explanations only."""
    is_corrected = models.BooleanField(default=False)
    model_name = models.CharField(max_length=200)
    model_version = models.CharField(max_length=80)
    model_hash = models.CharField(max_length=129)
    assessed_at = models.DateTimeField()

    class Meta:
        """Constraints."""

        constraints = [
            models.UniqueConstraint(fields=["mention", "model_hash"], name="assessment_once_a_model"),
            models.CheckConstraint(condition=Q(urgency__range=(0, 3)), name="assessment_urgency"),
            models.CheckConstraint(
                condition=Q(sentiment__in=["negative", "neutral", "positive"]), name="assessment_sentiment"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.mention_id}: {self.sentiment}, urgency {self.urgency}"

    def is_from_person(self, head: str) -> bool:
        """Tell whether a person corrected this head since the model last judged the mention."""
        return self.is_corrected and self.corrections.filter(head=head, at__gte=self.assessed_at).exists()


class Correction(models.Model):
    """A person's change of one head of an assessment; rows are only ever added."""

    class Head(models.TextChoices):
        """The head that was wrong."""

        SENTIMENT = "sentiment", _("sentiment")
        URGENCY = "urgency", _("urgency")
        ANGRY = "angry", _("anger")
        INTENT = "intent", _("intent")

    assessment = models.ForeignKey(Assessment, models.CASCADE, related_name="corrections")
    agent = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="corrections")
    head = models.CharField(max_length=10, choices=Head)
    before = models.CharField(max_length=10)
    after = models.CharField(max_length=10)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.head}: {self.before} → {self.after}"
