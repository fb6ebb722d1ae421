from __future__ import annotations

from django.db import migrations, models
from django.db.models import Q
from django.db.models.functions import Coalesce


class Migration(migrations.Migration):
    dependencies = [("listeners", "0002_budget")]

    operations = [
        migrations.AddField("source", "recheck_at", models.DateTimeField(null=True, blank=True)),
        migrations.AddField(
            "source", "recheck_error", models.TextField(blank=True, default=""), preserve_default=False
        ),
        migrations.AddField("source", "recheck_failures", models.PositiveIntegerField(default=0)),
        migrations.AddField("mention", "rechecked_at", models.DateTimeField(null=True, blank=True)),
        migrations.AddIndex(
            "mention",
            models.Index(
                "source",
                Coalesce("rechecked_at", "seen_at"),
                condition=Q(deleted_at__isnull=True),
                name="mention_to_recheck",
            ),
        ),
    ]
