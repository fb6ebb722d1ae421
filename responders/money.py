"""Amounts as people read them."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from django.utils.formats import number_format

SYMBOLS = {"EUR": "€", "USD": "$", "GBP": "£", "CHF": "CHF"}


@dataclass(frozen=True, slots=True)
class Money:
    """An amount in a currency (ISO code); its text is "230 €" or "19,50 €", in the reader's form."""

    value: Decimal
    currency: str

    def __str__(self) -> str:
        places = 0 if self.value == self.value.to_integral_value() else 2
        number = number_format(self.value, decimal_pos=places, force_grouping=True)
        return f"{number}\N{NO-BREAK SPACE}{SYMBOLS.get(self.currency, self.currency)}"
