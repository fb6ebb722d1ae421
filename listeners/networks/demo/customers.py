"""How the invented customers understand a reply: asked for a photo, given something, or neither."""

from __future__ import annotations

import re
from typing import Literal

Meaning = Literal["photo", "goodwill", "other"]

_PHOTO = re.compile(r"\b(fotos?|bild|bilder|bildern|photos?|pictures?|pics?|image)\b", re.IGNORECASE)
_GIFT = re.compile(
    r"\b(ersatz\w*|ersetz\w*|austausch\w*|tauschen|umtausch\w*|gutschein\w*|gutschrift|erstatt\w*"
    r"|rückerstatt\w*|geld zurück|neues paar|neuen schuh\w*|neue schuhe|kostenlos\w*|schenken"
    r"|ratenzahlung|in raten|replac\w+|refund\w*|voucher\w*|new pair|reimburs\w+|money back"
    r"|store credit|free of charge|in instal?lments)\b",
    re.IGNORECASE,
)
_DENIAL = re.compile(r"\b(kein\w*|nicht|no|not|cannot|unable)\b|\bunmöglich|\w+n['’]t\b", re.IGNORECASE)
_CLAUSE = re.compile(r"[.!?,;:–—\n]|\b(?:und|aber|sondern|damit|and|but|so)\b", re.IGNORECASE)


def understand(reply: str) -> list[Meaning]:
    """Read a reply as the customers do: what it may mean to them, the likeliest first.

    What a clause names only to refuse it is no gift.
    """
    clauses = _CLAUSE.split(reply)
    given = any(_GIFT.search(clause) and not _DENIAL.search(clause) for clause in clauses)
    meanings: list[Meaning] = ["photo"] if _PHOTO.search(reply) else []
    return [*meanings, "goodwill" if given else "other"]
