"""Apple's log-in: a short-lived word that the account's own key signs."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

import jwt

from listeners.exceptions import InputError

LIFETIME = timedelta(minutes=15)
"""Apple takes 20 minutes at most; the rest is for clocks."""
AUDIENCE = "appstoreconnect-v1"
NAMES = ("issuer_id", "key_id", "private_key")


def bearer(secrets: Mapping[str, str], *, now: datetime) -> str:
    """Sign a token for the calls of the next minutes; raises InputError for a key that is none."""
    if missing := [name for name in NAMES if not secrets.get(name)]:
        raise InputError(f"The App Store needs the secrets {', '.join(NAMES)}; there is no {missing[0]}.")
    claims = {"iss": secrets["issuer_id"], "aud": AUDIENCE, "iat": now, "exp": now + LIFETIME}
    # Files of environment variables hold no line ends.
    pem = secrets["private_key"].replace("\\n", "\n")
    try:
        return jwt.encode(claims, pem, "ES256", headers={"kid": secrets["key_id"]})
    except (jwt.PyJWTError, ValueError, TypeError):
        # Neither the message nor the cause may show what was given as a key.
        raise InputError("The secret private_key is not the text of Apple's .p8 file.") from None
