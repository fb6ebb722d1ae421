"""What Bluesky needs."""

from __future__ import annotations

from listeners.needs import USUAL, query, secret
from listeners.needs import gettext_noop as _

_SETTINGS = _("bsky.app, Settings, Privacy and security, App passwords")
NEEDS = (
    query(
        _("What to look for in Bluesky's search syntax, or: mentions, messages"),
        example="zehnschritt",
        optional=True,
    ),
    secret("handle", _("Handle of the account"), where=_("The name of the account, such as brand.example")),
    secret("app_password", _("App password"), where=_SETTINGS),
    *USUAL,
)
