"""The `kulanz` command."""

from __future__ import annotations

import os
import sys

from config.environment import EnvironmentFault


def main() -> None:
    """Run one command; mistakes of the configuration end it with a sentence instead of a traceback."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    from django.core.management import execute_from_command_line

    try:
        execute_from_command_line(sys.argv)
    except EnvironmentFault as fault:
        sys.exit(str(fault))


if __name__ == "__main__":
    main()
