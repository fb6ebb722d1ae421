from __future__ import annotations

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("listeners", "0003_recheck")]

    operations = [
        migrations.AddField("source", "cursor_at", models.DateTimeField(null=True, blank=True)),
        migrations.CreateModel(
            name="Gap",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "reason",
                    models.CharField(
                        choices=[
                            ("fault", "faults of the network"),
                            ("login", "log-in refused"),
                            ("pause", "paused"),
                            ("budget", "no calls left"),
                            ("stopped", "Kulanz was not running"),
                        ],
                        max_length=10,
                    ),
                ),
                ("starts_at", models.DateTimeField()),
                ("ends_at", models.DateTimeField(blank=True, null=True)),
                ("reached", models.BooleanField(default=False)),
                ("filled_at", models.DateTimeField(blank=True, null=True)),
                (
                    "source",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="gaps",
                        to="listeners.source",
                    ),
                ),
            ],
            options={
                "ordering": ["-starts_at"],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(ends_at__isnull=True), fields=("source",), name="gap_open_once"
                    ),
                    models.UniqueConstraint(fields=("source", "starts_at"), name="gap_once"),
                ],
            },
        ),
        migrations.CreateModel(
            name="Tally",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("hour", models.DateTimeField()),
                ("fetches", models.PositiveIntegerField(default=0)),
                ("faults", models.PositiveIntegerField(default=0)),
                (
                    "source",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="tallies",
                        to="listeners.source",
                    ),
                ),
            ],
            options={
                "verbose_name_plural": "tallies",
                "constraints": [models.UniqueConstraint(fields=("source", "hour"), name="tally_once")],
            },
        ),
    ]
