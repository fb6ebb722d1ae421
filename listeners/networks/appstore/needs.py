"""What an app in the App Store needs."""

from __future__ import annotations

from listeners.needs import USUAL, query, secret
from listeners.needs import gettext_noop as _

_KEYS = _("appstoreconnect.apple.com, Users and access, Integrations, Team keys; role Customer Support")
NEEDS = (
    query(
        _("The app's Apple ID, a number"),
        where=_("appstoreconnect.apple.com, your app, App information"),
        example="6447654321",
    ),
    secret("issuer_id", _("Issuer ID"), where=_KEYS),
    secret("key_id", _("Key ID"), where=_KEYS),
    secret("private_key", _("The .p8 file of the key"), where=_KEYS, is_file=True),
    *USUAL,
)
