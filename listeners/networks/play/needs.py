"""What an app on Google Play needs."""

from __future__ import annotations

from listeners.needs import USUAL, query
from listeners.needs import gettext_noop as _
from listeners.networks.google.needs import CONNECTED, SERVICE_ACCOUNT, TOKEN

NEEDS = (
    query(_("The app's package name"), where=_("Play Console, your app"), example="com.example.shop"),
    SERVICE_ACCOUNT,
    *CONNECTED,
    TOKEN,
    *USUAL,
)
