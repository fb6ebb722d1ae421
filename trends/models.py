"""One narrow row a mention, from which every chart is counted when there is no Elasticsearch."""

from __future__ import annotations

from django.db import models


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

    class Meta:
        """One index for all charts: a brand's stretch of time."""

        indexes = [models.Index(fields=["brand", "posted_at", "sentiment"], name="fact_by_brand_time")]

    def __str__(self) -> str:
        return f"{self.brand} {self.posted_at:%F} {self.sentiment}"
