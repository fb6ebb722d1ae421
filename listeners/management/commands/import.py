"""`kulanz import`: posts out of files."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone
from rich.console import Console

from config.brand import Brand
from config.brand_files import BrandFault, brand
from config.pipeline import named, run_once
from listeners.exceptions import InputError
from listeners.importing.columns import DOCUMENTED, read_overrides
from listeners.importing.run import Summary, import_source, plan, run
from listeners.importing.screen import advance, bar, columns_table, summary_table
from listeners.models import Mention
from responders.models import Case

UNDERSTANDING = ("assess", "route", "index")


class Command(BaseCommand):
    help = (
        "Import posts from CSV, JSONL or JSON files (also .gz and .zst), and let the pipeline work on them."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("files", nargs="+", type=Path, metavar="FILE")
        parser.add_argument("--brand", required=True, help="the brand that the posts are about")
        parser.add_argument("--network", default="file", help="where they were posted (default: %(default)s)")
        parser.add_argument(
            "--map",
            nargs="+",
            action="extend",
            default=[],
            metavar="FIELD=COLUMN",
            help=f"which column holds what, where the names do not tell; fields: {', '.join(DOCUMENTED)}",
        )
        parser.add_argument("--no-run", action="store_true", help="store only; kulanz run does the rest")

    def handle(self, **options: Any) -> None:
        console = Console()
        try:
            about = brand(options["brand"])
            overrides = read_overrides(options["map"])
            network = _network(options["network"])
        except (BrandFault, InputError) as fault:
            raise CommandError(str(fault)) from None
        newest_case = _newest_case()
        total, faults = Summary(), []
        for path in options["files"]:
            try:
                total += _import(path, about, network, overrides, console)
            except InputError as fault:
                faults.append(str(fault))
        cases = None
        if total.read and not options["no_run"]:
            _understand(about, console)
            cases = Case.objects.filter(brand=about.slug, pk__gt=newest_case).count()
        if total.read:
            console.print(summary_table(total, cases=cases))
        if total.new and options["no_run"]:
            console.print(f"{total.new:,} wait for the pipeline: kulanz run")
        if faults:
            raise CommandError("\n".join(faults))


def _network(name: str) -> str:
    if not re.fullmatch(r"[a-z0-9_]{1,40}", name):
        raise InputError(f"--network {name}: write a name such as x, reddit or file.")
    return name


def _import(
    path: Path, about: Brand, network: str, overrides: Mapping[str, str], console: Console
) -> Summary:
    now = timezone.now()
    planned = plan(path, brand=about, network=network, overrides=overrides, now=now)
    console.print(columns_table(planned))
    with bar(console) as progress:
        task = progress.add_task(path.name, total=planned.opened.size, rows=0, unit="rows", rate=0.0)
        summary = run(
            planned,
            source=import_source(about, network, now=now),
            report=lambda so_far: advance(progress, task, rows=so_far.read, completed=planned.opened.done),
        )
    if summary.rejected:
        console.print(f"{summary.rejected:,} rows could not be used; see {path}.rejected.jsonl", markup=False)
    return summary


def _understand(about: Brand, console: Console) -> None:
    """Run the stages that need no network until nothing waits."""
    waiting = Mention.objects.filter(assessed_at__isnull=True, dead=False).count()
    if not waiting:
        return
    assessed = 0
    with bar(console) as progress:
        task = progress.add_task("pipeline", total=waiting, rows=0, unit="assessed", rate=0.0)

        def report(stage: str, count: int) -> None:
            nonlocal assessed
            assessed += count if stage == "assess" else 0
            advance(progress, task, rows=assessed, completed=assessed)

        run_once(named(UNDERSTANDING), report=report)


def _newest_case() -> int:
    newest = Case.objects.order_by("-pk").values_list("pk", flat=True).first()
    return newest or 0
