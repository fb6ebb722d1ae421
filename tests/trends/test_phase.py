from __future__ import annotations

import pytest

from trends.phase import phase_of

SAID = [
    ("advocacy", "Kann ich jedem nur empfehlen, tolle Schuhe."),
    ("advocacy", "Finger weg von der Uhr!"),
    ("advocacy", "Do not buy these, save your money."),
    ("retention", "Nach drei Wochen reißt die Öse."),
    ("retention", "Ich kündige das Abo."),
    ("retention", "Mine broke on day one, I want a repair."),
    ("purchase", "Wann wird meine Bestellung geliefert?"),
    ("purchase", "I paid twice at the checkout."),
    ("consideration", "Lohnt sich der Aufpreis?"),
    ("consideration", "Which size should I get?"),
    ("awareness", "Eure Werbung läuft in jeder Pause."),
    ("awareness", "Just saw their new ad on the tram."),
    ("unknown", "Morgen soll es regnen."),
]


@pytest.mark.parametrize(("phase", "text"), SAID)
def test_words_tell_the_phase(phase: str, text: str) -> None:
    assert phase_of(text, intent="other") == phase


def test_who_has_a_problem_has_bought_before_unless_their_words_say_more() -> None:
    assert phase_of("Es quietscht.", intent="problem") == "retention"
    assert phase_of("Es quietscht.", intent="question") == "unknown"
    assert phase_of("Das Paket fehlt.", intent="problem") == "purchase"


def test_long_and_hostile_texts_are_read_in_a_moment() -> None:
    assert phase_of("kann nach seit " * 20_000, intent="other") == "unknown"
