"""What posts are about: a vector a mention, a topic for each matter of a brand, and how they were found."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q


class Vector(models.Model):
    """Where a mention lies among all others; it goes with the mention's text."""

    mention = models.OneToOneField(
        "listeners.Mention", models.CASCADE, primary_key=True, related_name="vector"
    )
    brand = models.CharField(max_length=50)
    values = models.BinaryField()
    """`sentiment.vectors.DIMS` numbers of two bytes each."""
    version = models.CharField(max_length=40)
    """What the numbers came from; see `sentiment.vectors.version`."""

    class Meta:
        """The index by which a brand's newest are read."""

        indexes = [models.Index(fields=["brand", "-mention"], name="vector_by_brand")]

    def __str__(self) -> str:
        return f"vector of {self.mention_id}"


class Topic(models.Model):
    """One matter that a brand's posts are about; it keeps its number and its name from map to map."""

    brand = models.CharField(max_length=50)
    name = models.CharField(max_length=80)
    is_named = models.BooleanField(default=False)
    """Whether a lead gave the name; if not, it follows the posts."""
    language = models.CharField(max_length=16)
    """Of most of its posts, and of its name."""
    phrases = models.JSONField(default=list)
    """Words that its posts share, as they write them, the most telling first."""
    stems = models.JSONField(default=list)
    """All words of it as stems, each a list of one or two."""
    centre = models.BinaryField()
    """The middle of its posts, as the values of a vector."""
    is_hidden = models.BooleanField(default=False)
    merged_into = models.ForeignKey("self", models.CASCADE, null=True, blank=True, related_name="merged")
    """The topic that its posts count for, where a lead said that both are one matter."""
    found_at = models.DateTimeField()
    faded_at = models.DateTimeField(null=True, blank=True)
    """Since when no new posts are about it; it may come back."""

    class Meta:
        """Constraints, and the index behind the list of a brand."""

        constraints = [
            models.CheckConstraint(
                condition=Q(merged_into__isnull=True) | ~Q(merged_into=F("pk")), name="topic_not_into_itself"
            )
        ]
        indexes = [models.Index(fields=["brand"], name="topic_by_brand")]

    def __str__(self) -> str:
        return self.name


class TopicMap(models.Model):
    """How a brand's topics were last found; who holds the row changes them."""

    brand = models.CharField(max_length=50, unique=True)
    version = models.CharField(max_length=40, blank=True)
    """That of the vectors it was made from."""
    middles = models.JSONField(default=dict)
    """By language the mean of the vectors, which is taken off each before two are compared."""
    posts = models.PositiveIntegerField(default=0)
    """From how many posts it was made."""
    fresh = models.PositiveIntegerField(default=0)
    """How many posts were placed on it since."""
    made_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return self.brand
