"""`kulanz export`: all that is kept about a customer."""

from __future__ import annotations

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.core.serializers.json import DjangoJSONEncoder

from responders.models import Customer
from responders.people import export


class Command(BaseCommand):
    help = "Print all that is kept about a customer, as JSON."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("customer", type=int, help="the customer's number")

    def handle(self, *, customer: int, **options: Any) -> None:
        try:
            found = export(customer)
        except Customer.DoesNotExist:
            raise CommandError(f"There is no customer {customer}.") from None
        self.stdout.write(json.dumps(found, cls=DjangoJSONEncoder, ensure_ascii=False, indent=2))
