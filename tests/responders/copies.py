"""Posts that many accounts write alike, and what an outage sounds like."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from listeners.models import Author, Mention
from responders.models import Case
from responders.route import route
from responders.sift import sift
from tests.factories import make_author
from tests.responders.desk import make_post

COPY = "Zehnschritt zerstört unsere Wälder! Kauft nie wieder Schuhe von dieser Firma."
LONG_COPY = (
    "Zehnschritt lässt seine Schuhe von Kindern nähen und verkauft sie hier für zweihundert Euro, "
    "bitte teilt das überall und kauft dort nie wieder etwas ein"
)
CALM = {"urgency": 1, "angry": False}
OUTAGE = (
    "Die Zehnschritt-App startet seit heute früh nicht mehr, ich sehe nur einen weißen Bildschirm.",
    "Seit heute früh startet die App von Zehnschritt nicht mehr, nur noch ein weißer Bildschirm.",
    "Komme seit 7 Uhr nicht in die App, mein Training von gestern ist auch weg. Was ist da los?",
    "@zehnschritt App ist down, oder? Bei mir lädt seit einer Stunde gar nichts mehr.",
    "App ist down, oder nur bei mir? Seit einer Stunde lädt überhaupt nichts.",
    "Kann mich nicht anmelden. Passwort stimmt, die App sagt immer wieder »unbekannter Fehler«.",
    "Anmelden geht nicht, die App sagt bei mir dauernd unbekannter Fehler, Passwort ist richtig.",
    "App geht nicht",
    "App geht nicht!!",
    "App geht nicht 😡",
    "app geht nicht?",
    "Bei mir geht die App auch nicht",
    "bei mir geht die app auch nicht",
    "Bei mir geht die App auch nicht @zehnschritt",
    "Bei mir geht die App auch nicht :(",
    "bei mir geht die App auch nicht...",
    "Bei mir geht die App auch nicht!",
    "Same here",
    "Same here!",
    "same here 😢",
    "Mein Lauf von heute Morgen wurde nicht gespeichert, 14 Kilometer umsonst, danke Zehnschritt.",
    "Heute Morgen 14 km gelaufen und nichts wurde gespeichert. Danke für nichts, Zehnschritt!",
    "Is the Zehnschritt app down for anybody else? Mine has been crashing since this morning.",
    "Zehnschritt app keeps crashing since this morning, is it down for everybody else too?",
)
"""Realistic posts of one outage, each by somebody else."""


def work(now: datetime) -> None:
    """Route and sift until nothing waits."""
    while route(now=now) or sift(now=now):
        pass


def post(text: str = COPY, *, now: datetime, author: Author | None = None, **columns: Any) -> Mention:
    """A post of an account, which nobody has looked at in the queue yet; calm unless told."""
    columns.setdefault("verdict", CALM)
    return make_post(text, now=now, author=author or make_author(network="demo_x"), **columns)


def posted(*texts: str, now: datetime, **columns: Any) -> list[Case]:
    """Cases of different accounts that post these texts, a minute apart, routed and sifted."""
    mentions = [
        post(text, now=now, posted_at=now - timedelta(minutes=number), **columns)
        for number, text in enumerate(texts)
    ]
    work(now)
    return [Case.objects.get(case_mentions__mention=mention) for mention in mentions]


def variants(text: str, count: int) -> list[str]:
    """The text as different accounts would copy it: other handles, links, signs and numbers."""
    return [
        f"@freund{n} {text.upper() if n % 2 else text} {'!' * n} https://x.example/{n}" for n in range(count)
    ]
