"""`kulanz audit`: whether the audit trail stands as it was written."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from responders.audit import inspect


class Command(BaseCommand):
    help = "Check every entry of the audit trail against its seal."

    def handle(self, **options: Any) -> None:
        found = inspect()
        if found.broken:
            entry = found.broken
            raise CommandError(
                f"The trail is broken at entry {entry.pk} ({entry}): it was changed, or the one before it is "
                "missing. Compare with a backup before you trust anything from there on."
            )
        if found.is_cut:
            raise CommandError(
                f"The newest entries are missing; {found.entries:,} are left. Compare with a backup."
            )
        self.stdout.write(f"{found.entries:,} entries, each as it was written.")
