"""What a place on Google needs."""

from __future__ import annotations

from listeners.needs import USUAL, query
from listeners.needs import gettext_noop as _
from listeners.networks.google.needs import CONNECTED, SERVICE_ACCOUNT, TOKEN

NEEDS = (
    query(
        _("The name of the place in the API"),
        where=_("Google Business Profile API, accounts.locations.list; Google grants it to applicants only"),
        example="accounts/1/locations/2",
    ),
    *CONNECTED,
    SERVICE_ACCOUNT,
    TOKEN,
    *USUAL,
)
