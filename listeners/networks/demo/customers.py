"""How the invented customers understand a reply: asked for a photo, given something, or neither."""

from __future__ import annotations

import re
from typing import Literal

Meaning = Literal["photo", "goodwill", "other"]

_PHOTO = re.compile(r"\b(foto|fotos|bild|bilder|bildern|photos?|pictures?|pics?|image)\b", re.IGNORECASE)
_GIFT = re.compile(
    r"\b(ersatz\w*|ersetz\w*|austausch\w*|tauschen|umtausch\w*|gutschein\w*|gutschrift|erstatt\w*"
    r"|rückerstatt\w*|geld zurück|neues paar|neuen schuh\w*|neue schuhe|kostenlos\w*|schenken"
    r"|replac\w+|refund\w*|voucher\w*|new pair|reimburs\w+|money back|credit|free of charge)\b",
    re.IGNORECASE,
)
_DENIAL = re.compile(
    r"\b(kein\w*|nicht|leider|no|not|cannot|can't|won't|unable|unfortunately)\b[^.!?]{0,60}$", re.IGNORECASE
)


def understand(reply: str) -> Meaning:
    """Read a reply as the customers do; what is named only to be refused is no gift."""
    gifts = list(_GIFT.finditer(reply))
    if any(not _DENIAL.search(reply[: gift.start()]) for gift in gifts):
        return "goodwill"
    if not gifts and _PHOTO.search(reply):
        return "photo"
    return "other"
