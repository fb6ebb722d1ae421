"""`kulanz reindex`: builds the copy in Elasticsearch anew from the database."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from trends.elastic.switch import is_on
from trends.exceptions import ElasticFault


class Command(BaseCommand):
    help = "Build the copy in Elasticsearch anew from the database, beside the one that is read meanwhile."

    def handle(self, **options: Any) -> None:
        if not is_on():
            raise CommandError("There is no Elasticsearch: KULANZ_ELASTIC_URL is empty.")
        # Imported here since the client is an extra.
        from trends.elastic.rebuild import count, rebuild

        columns = TextColumn("documents"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()
        try:
            with Progress(*columns) as progress:
                task = progress.add_task("documents", total=count(now=timezone.now()))
                generation = rebuild(clock=timezone.now, report=lambda done: progress.advance(task, done))
        except ElasticFault as fault:
            raise CommandError(f"{fault}. {fault.what_to_do}") from None
        self.stdout.write(f"Generation {generation} is read now; the one before is dropped.")
