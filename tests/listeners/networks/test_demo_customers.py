"""How the invented customers read replies."""

from __future__ import annotations

import pytest

from listeners.networks.demo.customers import understand


@pytest.mark.parametrize(
    "reply",
    [
        "Hallo Jana, das tut uns leid! Schickst du uns bitte ein Foto vom Schuh?",
        "Könnten Sie uns ein paar Bilder senden?",
        "So sorry to hear that. Could you send us a picture of the eyelet?",
    ],
)
def test_a_question_for_a_photo_is_understood(reply: str) -> None:
    assert understand(reply)[0] == "photo"


@pytest.mark.parametrize(
    "reply",
    [
        "Wir schicken dir ein neues Paar in Moosgrün, ohne Kosten für dich.",
        "Das darf nicht passieren, wir ersetzen den Schuh sofort.",
        "Wir schenken dir einen Gutschein über 20,00 €.",
        "Wir erstatten dir 50,00 €.",
        "Du kannst 120,00 € in Raten zahlen.",
        "We are sending you a new pair, free of charge.",
        "That should not have happened, and we're refunding you today.",
        "You can pay 120.00 € in instalments.",
    ],
)
def test_an_offer_is_understood(reply: str) -> None:
    assert understand(reply) == ["goodwill"]


@pytest.mark.parametrize(
    "reply",
    [
        "Eine Erstattung ist leider nicht möglich.",
        "Dafür gibt es keinen Ersatz.",
        "Unfortunately we cannot replace shoes without a receipt.",
        "We won’t refund worn shoes.",
        "Wir raten dir zu Silikonspray.",
        "Danke für deine Nachricht, wir melden uns.",
        "",
    ],
)
def test_a_refusal_or_empty_words_are_no_offer(reply: str) -> None:
    assert understand(reply) == ["other"]


def test_thanks_for_a_photo_together_with_an_offer_may_mean_either() -> None:
    assert understand("Danke für das Foto! Wir schicken dir Ersatz.") == ["photo", "goodwill"]
