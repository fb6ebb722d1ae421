from __future__ import annotations

import time

import pytest

from sentiment.classifier import Classifier
from sentiment.terms import STAND_IN, swap
from sentiment.verdict import Verdict


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("War Zone ist da", "{} ist da"),
        ("ich liebe WAR ZONE!", "ich liebe {}!"),
        ("warzone, War-Zone und war_zone", "{}, {} und {}"),
        ("#WarZone #warzone", "#{} #{}"),
        ("#WarZoneRocks #IchLiebeWarZone", "#{}Rocks #IchLiebe{}"),
        ("War\nZone’s map", "{}’s map"),
        ("„War Zone“ (War Zone)", "„{}“ ({})"),
        ("der Krieg, a war zoned area, warzones", "der Krieg, a war zoned area, warzones"),
        ("@warzone hello @war_zone", "@warzone hello @war_zone"),
        ("", ""),
    ],
)
def test_a_term_is_found_however_its_words_are_written_and_joined(text: str, found: str) -> None:
    assert swap(text, ["War Zone"]) == found.format(*[STAND_IN] * 3)


@pytest.mark.parametrize("listed", ["Mörderstiefel", "moerderstiefel", "MO\u0308RDERSTIEFEL"])
@pytest.mark.parametrize(
    "written", ["Mörderstiefel", "Moerderstiefel", "MÖRDERSTIEFEL", "Mo\u0308rderstiefel"]
)
def test_umlauts_and_their_spellings_are_the_same(listed: str, written: str) -> None:
    assert swap(f"Die {written}!", [listed]) == f"Die {STAND_IN}!"


def test_sharp_s_and_double_s_are_the_same() -> None:
    assert swap("Süsser Spass, SÜSSER SPASS, süßer Spaß", ["Süßer Spaß"]) == ", ".join([STAND_IN] * 3)


def test_signs_of_a_term_are_taken_as_they_are() -> None:
    assert swap("new $ui.cide$ album (a+b)*", ["$ui.cide$", "(a+b)*"]) == f"new {STAND_IN} album {STAND_IN}"
    assert swap("new $uiXcide$ album", ["$ui.cide$"]) == "new $uiXcide$ album"


def test_what_joins_words_means_nothing_at_the_ends_of_a_term_and_takes_no_time() -> None:
    assert swap("War Zone - x", [" -War Zone- "]) == f"{STAND_IN} - x"
    began = time.perf_counter()
    swap("-" * 50_000, ["- - a - b"])
    assert time.perf_counter() - began < 2


def test_the_longest_of_two_terms_is_swapped_as_one() -> None:
    assert swap("Killer Instinct", ["Killer", "Killer Instinct"]) == STAND_IN


def test_without_terms_nothing_changes() -> None:
    assert swap("War Zone", []) == "War Zone"


def _with_and_without(model: Classifier, text: str, term: str) -> tuple[Verdict, Verdict]:
    plain, swapped = model.classify([text, swap(text, [term])])
    return plain, swapped


@pytest.mark.parametrize(
    ("term", "text"),
    [
        ("Account Hacked", "My copy of Account Hacked just arrived"),
        ("Account Hacked", "My #AccountHacked copy just arrived"),
        ("Account Hacked", "My account-hacked copy arrived today"),
        ("Gehackt", "Habe mir Gehackt gekauft"),
        ("Gehackt", "GEHACKT läuft bei mir seit heute"),
        ("Gehackt", "#Gehackt ist da, mein Konto freut sich"),
    ],
)
def test_a_harmless_post_about_an_alarming_name_is_urgent_only_without_the_term(
    model: Classifier, term: str, text: str
) -> None:
    plain, swapped = _with_and_without(model, text, term)
    assert plain.urgency >= 2 > swapped.urgency


@pytest.mark.parametrize(
    ("band", "text"),
    [
        ("Hass und Wut", "Heute Abend spielen Hass und Wut"),
        ("Worst Nightmare", "Off to see Worst Nightmare tonight"),
        ("Terrible Waste", "Listening to Terrible Waste"),
    ],
)
def test_a_bands_name_makes_no_bad_mood(model: Classifier, band: str, text: str) -> None:
    plain, swapped = _with_and_without(model, text, band)
    assert plain.sentiment == "negative" != swapped.sentiment


@pytest.mark.parametrize(
    ("term", "text"),
    [
        ("Account Hacked", "Account Hacked took 300 euros from my card twice and nobody answers, help!"),
        ("Gehackt", "Seit ich Gehackt spiele, raucht mein Akku und es riecht verbrannt, Hilfe!"),
    ],
)
def test_a_real_emergency_around_the_term_stays_one(model: Classifier, term: str, text: str) -> None:
    _, swapped = _with_and_without(model, text, term)
    assert swapped.urgency >= 2
