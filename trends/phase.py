"""Where on their way with a brand somebody is, by the words they use and what they want.

The first rule that speaks decides; where none does the phase is unknown, for a guess would be counted.

1. advocacy: tells others to buy or not to, or praises in words that are meant for others
2. retention: stays or leaves, has had it for weeks or years, or something broke, is returned or repaired
3. purchase: orders, pays, waits for a parcel, or has just unpacked it
4. consideration: asks or compares before buying: sizes, prices, shops, tests
5. awareness: saw an advert, or hears of the brand for the first time
6. without such words, who has a problem has bought before: retention
"""

from __future__ import annotations

import re

from django.db import models
from django.utils.translation import gettext_lazy as _


class Phase(models.TextChoices):
    """The stations of a customer's way."""

    AWARENESS = "awareness", _("gets to know")
    CONSIDERATION = "consideration", _("considers")
    PURCHASE = "purchase", _("buys")
    RETENTION = "retention", _("owns")
    ADVOCACY = "advocacy", _("tells others")
    UNKNOWN = "unknown", _("unknown")


def _words(*expressions: str) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{'|'.join(expressions)})", re.IGNORECASE)


_BY_WORDS = (
    (
        Phase.ADVOCACY,
        _words(
            r"(?:kann|könnte|würde)\b.{0,40}\bempfehlen",
            r"empfehle",
            r"weiterempf",
            r"kauft (?:nicht|nie|euch|bloß|dort)",
            r"finger weg",
            r"(?:would|can(?:'t|not)?|highly) recommend",
            r"recommend(?:ed|ing)? (?:it|them|this|these|to)",
            r"(?:do(?:n't| not)|never) (?:buy|fly|book|use|order)\b",
            r"stay away from",
            r"tell (?:all )?(?:my|your) friends",
        ),
    ),
    (
        Phase.RETENTION,
        _words(
            r"(?:nach|seit) .{0,20}(?:wochen?|monat(?:en)?|jahr(?:en)?)\b",
            r"(?:after|for|since) .{0,20}(?:weeks?|months?|years?)\b",
            r"kündig",
            r"treue",
            r"stammkund",
            r"wieder (?:kaufen|bestellen)",
            r"nie wieder",
            r"(?:zweite|dritte|vierte)[srn]? paar",
            r"garantie",
            r"reklam",
            r"umtausch",
            r"repar",
            r"retour",
            r"zurück(?:geschickt|geben|schicken)",
            r"kaputt",
            r"cancel(?:l?ed|l?ing)? (?:my|the) (?:account|subscription|contract|membership)",
            r"loyal",
            r"buy(?:ing)? again",
            r"never again",
            r"(?:second|third|fourth) pair",
            r"warranty",
            r"repair",
            r"return(?:ed|s|ing)? (?:it|them|my|the)",
            r"broke(?:n)?\b",
        ),
    ),
    (
        Phase.PURCHASE,
        _words(
            r"bestell",
            r"gekauft",
            r"bezahl",
            r"liefer",
            r"geliefert",
            r"paket",
            r"sendung",
            r"kasse\b",
            r"gutschein",
            r"rechnung",
            r"ausgepackt",
            r"gebucht",
            r"order(?:s|ed|ing)?\b",
            r"bought",
            r"paid\b",
            r"payment",
            r"deliver",
            r"parcel",
            r"package\b",
            r"ship(?:ped|ping|ment)",
            r"checkout",
            r"voucher",
            r"invoice",
            r"unboxed",
            r"book(?:ed|ing)\b",
        ),
    ),
    (
        Phase.CONSIDERATION,
        _words(
            r"überlege",
            r"lohnt sich",
            r"welche größe",
            r"gibt es (?:den|die|das|euch|sie)\b",
            r"wo (?:kann|bekomme|gibt)",
            r"was kostet",
            r"vergleich",
            r"besser als",
            r"thinking (?:about|of) (?:buying|getting|booking)",
            r"worth (?:it|the money)",
            r"which size",
            r"where (?:can|do) (?:i|you) (?:buy|get|find)",
            r"how much (?:is|are|does)",
            r"compared? (?:to|with)",
            r"better than",
            r"(?:do|does) (?:you|it|they) (?:have|come|ship|fly)",
        ),
    ),
    (
        Phase.AWARENESS,
        _words(
            r"werbung",
            r"werbespot",
            r"plakat",
            r"zum ersten mal",
            r"nie gehört",
            r"kennt (?:ihr|jemand)",
            r"(?:saw|seen|watching) .{0,20}(?:advert|ad|commercial|billboard)\b",
            r"first time",
            r"never heard",
            r"has anyone (?:tried|heard)",
        ),
    ),
)


def phase_of(text: str, *, intent: str) -> Phase:
    """Return where the author of a post stands."""
    said = next((phase for phase, words in _BY_WORDS if words.search(text)), None)
    if said is not None:
        return said
    return Phase.RETENTION if intent == "problem" else Phase.UNKNOWN
