"""`kulanz erase`: forget a customer."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from responders.models import Customer
from responders.people import erase
from responders.refusal import Refusal


class Command(BaseCommand):
    help = "Forget a customer: names, accounts, texts and photos go for ever, numbers stay."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("customer", type=int, help="the customer's number")
        parser.add_argument("--yes", action="store_true", help="do not ask")

    def handle(self, *, customer: int, yes: bool, **options: Any) -> None:
        found = Customer.objects.filter(pk=customer).first()
        if found is None:
            raise CommandError(f"There is no customer {customer}.")
        if not yes and input(f"Erase {found} for ever? Type yes: ").strip() != "yes":
            raise CommandError("Nothing was erased.")
        answer = erase(customer, agent=None, now=timezone.now())
        if isinstance(answer, Refusal):
            raise CommandError(str(answer))
        self.stdout.write(f"Customer {customer} is erased.")
