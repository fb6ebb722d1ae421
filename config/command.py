"""The `kulanz` command."""

from __future__ import annotations

import os
import sys

from django.core.management import execute_from_command_line, get_commands, load_command_class
from django.db import OperationalError, ProgrammingError
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from config.brand_files import BrandFault
from config.environment import EnvironmentFault
from config.traces import TracesFault

ROOMS = ("config", "listeners", "sentiment", "responders", "trends")
FROM_DJANGO = ("migrate", "createsuperuser", "changepassword")


def main() -> None:
    """Run one command; mistakes of the configuration end it with a sentence instead of a traceback."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    try:
        if sys.argv[1:] in ([], ["help"], ["--help"], ["-h"]):
            show_commands()
        else:
            execute_from_command_line(sys.argv)
    except (EnvironmentFault, BrandFault, TracesFault) as fault:
        sys.exit(str(fault))
    except (OperationalError, ProgrammingError) as fault:
        sys.exit(
            f"The database cannot be used: {str(fault).strip()}\nRun: kulanz migrate; kulanz check says more."
        )


def show_commands() -> None:
    """Print what `kulanz` can do, a line each."""
    import django

    django.setup()
    table = Table(show_header=False, show_edge=False, box=None, padding=(0, 2, 0, 0))
    for name, app in sorted(get_commands().items()):
        if app in ROOMS or name in FROM_DJANGO:
            table.add_row(f"[bold]{name}[/]", escape(load_command_class(app, name).help))
    console = Console()
    console.print("Usage: kulanz COMMAND …\n")
    console.print(table)
    console.print("\nkulanz COMMAND --help says more of each; kulanz check says whether all is well.")


if __name__ == "__main__":
    main()
