"""What a business unit on Trustpilot needs."""

from __future__ import annotations

from listeners.needs import USUAL, query, secret, setting
from listeners.needs import gettext_noop as _

_APPS = _("business.trustpilot.com, Integrations, API: make an application (a paid plan has it)")
NEEDS = (
    query(
        _("The business unit's ID"),
        where=_("Trustpilot's API, business-units/find?name=your-domain"),
        example="46d6a890000064000500e0c3",
    ),
    secret("api_key", _("API key"), where=_APPS),
    secret("api_secret", _("API secret, to answer"), where=_APPS, optional=True),
    setting("business_user", _("ID of the user in whose name replies are written")),
    *USUAL,
)
