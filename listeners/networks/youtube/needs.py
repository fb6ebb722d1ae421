"""What a YouTube channel needs."""

from __future__ import annotations

from listeners.needs import USUAL, query
from listeners.needs import gettext_noop as _
from listeners.networks.google.needs import CONNECTED, SERVICE_ACCOUNT, TOKEN

NEEDS = (
    query(
        _("The channel's ID, which begins with UC"),
        where=_("youtube.com, Settings, Advanced settings"),
        example="UC4r9XkqPzW0aB1cD2eF3gHi",
    ),
    *CONNECTED,
    SERVICE_ACCOUNT,
    TOKEN,
    *USUAL,
)
