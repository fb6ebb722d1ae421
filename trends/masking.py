"""Takes personal data out of texts before they leave the database: numbers of people, and their addresses."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from itertools import islice

from phonenumbers import PhoneNumberMatcher
from stdnum import iban, luhn

from config.brand import Brand

EMAIL, IBAN, CARD, PHONE = "[e-mail]", "[IBAN]", "[card]", "[phone]"
MASKS = re.compile("|".join(map(re.escape, (EMAIL, IBAN, CARD, PHONE))))

_EMAIL = re.compile(r"(?<![\w@.+-])[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63})+")
_HANDLE = re.compile(r"(?<![\w@/])(@|/?u/)([\w][\w.-]*(?:@[\w-]+(?:\.[\w-]+)+)?)")
_FEWEST_DIGITS = 6
_MOST_TRIES = 200
"""Places in one text at which a number of a kind is looked for, so that no text takes long."""


@dataclass(frozen=True, slots=True)
class _Number:
    """A kind of number: where one may begin, what may stand in it, its possible lengths, and its test."""

    begin: re.Pattern[str]
    run: re.Pattern[str]
    lengths: range
    is_valid: Callable[[str], bool]
    mask: str


_NUMBERS = (
    _Number(
        re.compile(r"(?<![^\W_])[A-Za-z]{2}[0-9]{2}"),
        re.compile(r"[A-Za-z0-9](?:[ .-]?[A-Za-z0-9]){0,33}"),
        range(34, 14, -1),
        lambda number: bool(iban.is_valid(number, check_country=False)),
        IBAN,
    ),
    _Number(
        re.compile(r"(?<![0-9])[2-6][0-9]"),
        re.compile(r"[0-9](?:[ .-]?[0-9]){0,18}"),
        range(19, 12, -1),
        lambda number: bool(luhn.is_valid(number)),
        CARD,
    ),
)


def mask(text: str, *, region: str) -> str:
    """Replace e-mail addresses, IBANs, card numbers and telephone numbers by what they were.

    `region` is the country (ISO 3166) in which numbers without a country code are dialled. Names and the
    handles of accounts stay.
    """
    if "@" in text:
        text = _EMAIL.sub(EMAIL, text)
    if sum(map(str.isdecimal, text)) < _FEWEST_DIGITS:
        return text
    for number in _NUMBERS:
        text = _without(text, number)
    return _without_phones(text, region)


def region_of(policy: Brand) -> str:
    """Return the country in which a brand's customers dial numbers without a country code."""
    return policy.holidays.country if policy.holidays else "DE"


def hide_handles(text: str, *, alias: Callable[[str], str]) -> str:
    """Replace the name in each `@name` and `u/name` by what `alias` makes of it."""
    return _HANDLE.sub(lambda found: found[1] + alias(found[2]), text)


def _without(text: str, number: _Number) -> str:
    plain, parts, at = _plain(text), [], 0
    for begin in islice(number.begin.finditer(plain), _MOST_TRIES):
        if begin.start() >= at and (end := _end(plain, begin.start(), number)):
            parts += [text[at : begin.start()], number.mask]
            at = end
    return "".join([*parts, text[at:]])


def _end(text: str, start: int, number: _Number) -> int:
    """Return where the longest valid number that begins at `start` ends; 0 where none does."""
    run = number.run.match(text, start)
    places = [place for place in range(*run.span()) if text[place].isalnum()] if run else []
    for length in number.lengths:
        if length > len(places) or text[places[length - 1] + 1 : places[length - 1] + 2].isalnum():
            continue
        if number.is_valid("".join(text[place] for place in places[:length])):
            return places[length - 1] + 1
    return 0


def _without_phones(text: str, region: str) -> str:
    parts, at = [], 0
    for found in PhoneNumberMatcher(_plain(text), region, max_tries=_MOST_TRIES):
        parts += [text[at : found.start], PHONE]
        at = found.end
    return "".join([*parts, text[at:]])


def _plain(text: str) -> str:
    """Return the text, as long as it is, with the digits and spaces of all scripts as ASCII has them."""
    if text.isascii():
        return text
    return "".join(
        str(unicodedata.decimal(sign)) if sign.isdecimal() else " " if sign.isspace() else sign
        for sign in text
    )
