"""What `kulanz import` shows: the columns it found, how far it is, and the sum at the end."""

from __future__ import annotations

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from listeners.importing.run import Plan, Summary


def bar(console: Console) -> Progress:
    """Return a progress bar with rows, rate and time left."""
    return Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f} %"),
        TextColumn("{task.fields[rows]:,} {task.fields[unit]}"),
        TextColumn("{task.fields[rate]:,.0f}/s"),
        TimeRemainingColumn(),
        console=console,
    )


def advance(progress: Progress, task_id: int, *, rows: int, completed: int) -> None:
    """Show how far a task is."""
    task = progress.tasks[task_id]
    progress.update(task.id, completed=completed, rows=rows, rate=rows / max(task.elapsed or 0.0, 0.001))


def columns_table(plan: Plan) -> Table:
    """Return which column was taken for what, with an example of each."""
    opened = plan.opened
    table = Table(
        title=Text(f"{opened.path.name}: {opened.kind}, {opened.encoding}"),
        title_justify="left",
        show_edge=False,
    )
    table.add_column("field", no_wrap=True, min_width=11)
    table.add_column("column", no_wrap=True, min_width=16, overflow="ellipsis")
    table.add_column("for example", no_wrap=True, overflow="ellipsis")
    for field, column in plan.reading.columns.items():
        examples = (str(row.cells.get(column) or "") for row in plan.sample)
        example = next((example for example in examples if example.strip()), "")
        table.add_row(field, Text(column[:40]), Text(" ".join(example[:200].split())[:60]))
    if "posted_at" not in plan.reading.columns:
        table.add_row("posted_at", "–", "no column: every post counts as posted now")
    if not plan.reading.columns.keys() & {"author", "author_id", "author_name"}:
        table.add_row("author", "–", "no column: every post counts as another customer's")
    return table


def summary_table(summary: Summary, *, cases: int | None) -> Table:
    """Return the sum at the end; `cases` is None if the pipeline did not run."""
    table = Table(show_header=False, show_edge=False)
    table.add_column()
    table.add_column(justify="right")
    rows = {
        "read": summary.read,
        "new": summary.new,
        "known": summary.known,
        "edited or deleted": summary.updated,
        "not about the brand": summary.ignored,
        "rejected": summary.rejected,
        "cases opened": cases,
    }
    for name, count in rows.items():
        if count is not None:
            table.add_row(name, f"{count:,}")
    return table
