"""What Reddit needs."""

from __future__ import annotations

from listeners.needs import USUAL, query, secret, setting
from listeners.needs import gettext_noop as _

_APPS = _("reddit.com/prefs/apps, a script app; Reddit has to approve new apps first (reddit.com/wiki/api)")
_WRITER = _("The account that answers; without password and refresh token it only reads")
NEEDS = (
    query(
        _("What to look for in Reddit's search syntax, r/one+two for comments, or: mentions"),
        example='"zehnschritt"',
        optional=True,
    ),
    secret("client_id", _("Client ID"), where=_APPS),
    secret("client_secret", _("Client secret"), where=_APPS),
    secret("username", _("Name of the account"), where=_WRITER, optional=True),
    secret("password", _("Password of the account"), where=_WRITER, optional=True),
    secret(
        "refresh_token",
        _("Refresh token"),
        where=_("Instead of the password, where the account has two-factor log-in"),
        optional=True,
    ),
    setting("subreddits", _("Subreddits in which a search looks"), example="laufen+berlin"),
    *USUAL,
)
