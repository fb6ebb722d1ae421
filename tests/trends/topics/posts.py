"""Invented posts about a few matters, and facts made of them."""

from __future__ import annotations

import itertools
import random
from collections.abc import Sequence
from datetime import datetime, timedelta

from listeners.models import Author, Mention, Source
from tests.factories import make_author, make_source
from trends.models import Fact

_numbers = itertools.count(1)

PARCEL = [
    "Das Paket ist seit Tagen verschollen, die Sendungsnummer sagt nichts.",
    "Paket kam zerdrückt an, der Karton war offen.",
    "Schon wieder liegt mein Paket beim Nachbarn statt bei mir.",
    "Wo bleibt das Paket? Die Zustellung sollte Montag sein.",
    "Der Fahrer hat das Paket einfach in den Regen gestellt.",
    "Zustellung fehlgeschlagen, dabei war ich zuhause. Paket weg.",
]
SOLE = [
    "Die Sohle löst sich schon nach drei Wochen ab.",
    "An der Ferse reißt die Sohle, das darf bei dem Preis nicht sein.",
    "Sohle quietscht bei jedem Tritt, furchtbar im Büro.",
    "Nach dem Regen war die Sohle durchweicht und lose.",
    "Bei beiden Exemplaren klebt die Sohle nicht richtig.",
    "Die Sohle ist glatt wie Eis, ich bin ausgerutscht.",
]
APP = [
    "The app crashes whenever I open my training plan.",
    "Since the update the app forgets my password.",
    "Your app drains the battery within an hour.",
    "App keeps asking me to log in again.",
    "The app shows the wrong pace, again.",
    "Can you make the app work without an account?",
]
SHOP = [
    "Im Laden am Markt war die Verkäuferin sehr unfreundlich.",
    "Die Verkäuferin im Laden hat mich ignoriert.",
    "Laden war laut Aushang offen, aber die Tür zu.",
    "Keine Beratung im Laden, nur Schulterzucken.",
]
MATTERS: dict[str, tuple[str, list[str]]] = {
    "parcel": ("de", PARCEL),
    "sole": ("de", SOLE),
    "app": ("en", APP),
    "shop": ("de", SHOP),
}


def make_facts(
    texts: Sequence[str],
    *,
    now: datetime,
    language: str = "de",
    brand: str = "zehnschritt",
    **columns: object,
) -> list[Fact]:
    """Facts of five people's mentions with these texts, one a minute before `now`, the last one newest."""
    source = Source.objects.filter(brand=brand).first() or make_source(now=now, brand=brand)
    if not (people := list(Author.objects.filter(network=source.network)[:5])):
        people = [make_author(network=source.network) for _ in range(5)]
    mentions = Mention.objects.bulk_create(
        Mention(
            brand=brand,
            network=source.network,
            native_id=f"topic-{next(_numbers)}",
            source=source,
            author=people[at % len(people)],
            text=text,
            posted_at=now - timedelta(minutes=len(texts) - at),
            seen_at=now,
            assessed_at=now,
            routed_at=now,
            indexed_at=now,
        )
        for at, text in enumerate(texts)
    )
    verdict = {"sentiment": "negative", "urgency": 1, "angry": False, "intent": "problem"} | columns
    return Fact.objects.bulk_create(
        Fact(
            mention=mention,
            brand=brand,
            network=mention.network,
            language=language,
            posted_at=mention.posted_at,
            **verdict,
        )
        for mention in mentions
    )


def make_matters(*, now: datetime, each: int = 12, **columns: object) -> None:
    """So many facts about each of the matters, mixed, with a few words of their own."""
    chosen = random.Random(1)
    for name, (language, texts) in MATTERS.items():
        several = [f"{chosen.choice(texts)} ({name[0]}{at})" for at in range(each)]
        make_facts(several, now=now, language=language, **columns)
