"""`kulanz pools`: the pools of Airflow."""

from __future__ import annotations

import json
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from config.schedule import for_airflow, pools


class Command(BaseCommand):
    help = "Print the pools that KULANZ_POOLS names, for: airflow pools import FILE."

    def handle(self, **options: Any) -> None:
        self.stdout.write(json.dumps(for_airflow(pools(settings.ENVIRONMENT.pools)), indent=2))
