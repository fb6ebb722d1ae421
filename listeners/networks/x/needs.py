"""What X needs."""

from __future__ import annotations

from listeners.needs import CONNECT, STREAM, USUAL, query, secret, setting
from listeners.needs import gettext_noop as _

_FOUR = _("The four keys of the account (OAuth 1.0a)")
_READ = _("A bearer token, which only reads")
_OWN = _("A user token of your own (OAuth 2, lasts two hours)")
_PORTAL = _("developer.x.com, Projects and apps, your app, Keys and tokens")
_SETUP = _(
    "developer.x.com, your app, User authentication settings: switch on OAuth 2.0, allow Read and write and "
    "Direct message, and enter Kulanz's redirect address; then Keys and tokens, OAuth 2.0 Client ID and "
    "Client Secret"
)
NEEDS = (
    query(
        _("What to look for in X's search syntax, or: mentions, messages"),
        example="zehnschritt OR #zehnschritt",
        optional=True,
    ),
    secret("client_id", _("Client ID"), where=_SETUP, way=CONNECT),
    secret("client_secret", _("Client secret"), where=_SETUP, way=CONNECT, optional=True),
    secret("consumer_key", _("API key"), where=_PORTAL, way=_FOUR),
    secret("consumer_secret", _("API key secret"), where=_PORTAL, way=_FOUR),
    secret("access_token", _("Access token"), where=_PORTAL, way=_FOUR),
    secret("access_token_secret", _("Access token secret"), where=_PORTAL, way=_FOUR),
    secret("bearer_token", _("Bearer token"), where=_PORTAL, way=_READ),
    secret("token", _("User token"), where=_PORTAL, way=_OWN),
    setting(
        "answers_all", _("Whether the account is an Enterprise one, which may answer anybody"), example="true"
    ),
    *USUAL,
    *STREAM,
)
