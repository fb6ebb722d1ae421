"""`python -m tests.shipping.released` names the migrations of a release, when one is made."""

from __future__ import annotations

import django


def main() -> None:
    django.setup()
    from django.db.migrations.loader import MigrationLoader

    from tests.shipping.test_upgrades import OURS, RELEASED

    names = sorted(".".join(key) for key in MigrationLoader(None).disk_migrations if key[0] in OURS)
    RELEASED.write_text("\n".join(names) + "\n")


if __name__ == "__main__":
    main()
