"""What has to be written to the copy in Elasticsearch, and how the copy is."""

from __future__ import annotations

from django.db import models


class Change(models.Model):
    """Something whose document in the copy is out of date.

    Its `id` grows from change to change of the same thing, whoever changes it, and is the version under which
    the document is written: what was read earlier never replaces what was read later.
    """

    kind = models.CharField(max_length=20)
    """The name of a `Kind`, in small letters."""
    key = models.CharField(max_length=60)
    """What the kind's documents are known by here, such as a mention's id."""
    due_at = models.DateTimeField()
    """When it is to be written; while a worker has it, when another may take it over."""

    class Meta:
        """The index by which the stage finds its work."""

        indexes = [models.Index(fields=["due_at", "id"], name="change_to_copy")]

    def __str__(self) -> str:
        return f"{self.kind} {self.key}"


class Copy(models.Model):
    """How the copy is: one row."""

    generation = models.PositiveIntegerField(default=1)
    """Number at the end of the names of the indices that are read."""
    building = models.PositiveIntegerField(null=True, blank=True)
    """Number of those that are being built meanwhile and are written to as well."""
    building_until = models.DateTimeField(null=True, blank=True)
    """When whoever builds them must have shown life again, else it is given up; empty once all is built."""
    failures = models.PositiveIntegerField(default=0)
    next_try_at = models.DateTimeField(null=True, blank=True)
    error = models.TextField(blank=True)
    sampled_at = models.DateTimeField(null=True, blank=True)
    """When the sources' health was last looked at."""

    class Meta:
        """Names, and that there is one."""

        verbose_name_plural = "copy"
        constraints = [models.CheckConstraint(condition=models.Q(pk=1), name="copy_is_one")]

    def __str__(self) -> str:
        return f"generation {self.generation}"
