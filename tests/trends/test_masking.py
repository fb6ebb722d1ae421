from __future__ import annotations

import time

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum import luhn

from trends.masking import CARD, EMAIL, IBAN, PHONE, hide_handles, mask

WORDS = st.text(alphabet=st.characters(exclude_categories=["Nd", "Cs"], exclude_characters="@"), max_size=30)


def in_germany(text: str) -> str:
    return mask(text, region="DE")


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("Schreibt an lea.kern+schuh@post.example bitte", f"Schreibt an {EMAIL} bitte"),
        ("Konto DE89 3704 0044 0532 0130 00 und danke", f"Konto {IBAN} und danke"),
        ("iban: de89370400440532013000.", f"iban: {IBAN}."),
        ("AT61 1904 3002 3457 3201, NL91ABNA0417164300", f"{IBAN}, {IBAN}"),
        ("Karte 4111 1111 1111 1111 gültig 12/27", f"Karte {CARD} gültig 12/27"),
        ("5500-0055-5555-5559", CARD),
        ("Ruft an: 030 901820 oder +43 1 4000", f"Ruft an: {PHONE} oder {PHONE}"),
        ("٠٣٠ ٩٠١٨٢٠", PHONE),
        ("Karte 4111 1111 1111 1111", f"Karte {CARD}"),
    ],
)
def test_what_names_or_reaches_a_person_is_masked(text: str, masked: str) -> None:
    assert in_germany(text) == masked


@pytest.mark.parametrize(
    "text",
    [
        "@lea und @lea@lauf.example liefen 42 km in 3:59:12",
        "Bestellung 2026-114711, Größe 42, 179,95 €",
        "seit 24.11.2026 10:00",
        "4111 1111 1111 1112",
        "",
    ],
)
def test_handles_orders_dates_and_prices_stay(text: str) -> None:
    assert in_germany(text) == text


@given(WORDS, st.from_regex(r"[a-z]{1,20}(\.[a-z]{1,9})?", fullmatch=True), WORDS)
def test_no_address_survives(before: str, local: str, after: str) -> None:
    assert local + "@mail.example" not in in_germany(f"{before} {local}@mail.example {after}")


@given(WORDS, st.integers(min_value=10**14, max_value=10**15 - 1), WORDS, st.sampled_from(["", " ", "-"]))
def test_no_card_number_survives(before: str, stem: int, after: str, gap: str) -> None:
    number = f"4{str(stem)[1:]}"
    number += luhn.calc_check_digit(number)
    grouped = gap.join(number[start : start + 4] for start in range(0, 16, 4))
    assert grouped not in in_germany(f"{before} {grouped} {after}")


@given(WORDS, st.sampled_from(["DE", "AT", "CH", "GB", "FR"]), WORDS)
def test_no_telephone_number_survives(before: str, region: str, after: str) -> None:
    number = phonenumbers.format_number(
        phonenumbers.example_number(region), phonenumbers.PhoneNumberFormat.INTERNATIONAL
    )
    assert number not in in_germany(f"{before} {number} {after}")


@given(st.text(max_size=200))
def test_any_text_can_be_masked_and_masking_again_changes_nothing(text: str) -> None:
    once = in_germany(text)
    assert in_germany(once) == once


@given(WORDS)
def test_a_text_without_digits_and_addresses_stays_as_it_is(text: str) -> None:
    assert in_germany(text) == text


@pytest.mark.parametrize("sign", ["1", "1-", "4 ", "a@", "DE89 ", "@", "+", "0/"])
def test_a_hostile_text_takes_no_long_time(sign: str) -> None:
    began = time.perf_counter()
    in_germany(sign * 10_000)
    assert time.perf_counter() - began < 5


def test_handles_are_hidden_where_a_brand_wants_that() -> None:
    text = "@lea fragt @Lauf.Club@run.example, u/tom und a@b.example; 5/u/tom"
    hidden = hide_handles(text, alias=lambda handle: handle.upper())
    assert hidden == "@LEA fragt @LAUF.CLUB@RUN.EXAMPLE, u/TOM und a@b.example; 5/u/tom"
