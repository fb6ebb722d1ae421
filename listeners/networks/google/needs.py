"""What Google's networks need to log in."""

from __future__ import annotations

from listeners.needs import CONNECT, Need, secret
from listeners.needs import gettext_noop as _

_CLIENT = _(
    "console.cloud.google.com, APIs and services, Credentials, Create credentials, OAuth client ID, Web "
    "application; enter Kulanz's redirect address there"
)
_KEY = _("A service account's key")
_CONSENT = _("From the consent that you asked for yourself")
_OWN = _("A refresh token of your own")
_HOUR = _("An access token, to try it for an hour")

CONNECTED: tuple[Need, ...] = (
    secret("client_id", _("Client ID"), where=_CLIENT, way=CONNECT),
    secret("client_secret", _("Client secret"), where=_CLIENT, way=CONNECT),
    secret("client_id", _("Client ID"), where=_CLIENT, way=_OWN),
    secret("client_secret", _("Client secret"), where=_CLIENT, way=_OWN),
    secret("refresh_token", _("Refresh token"), where=_CONSENT, way=_OWN),
)
SERVICE_ACCOUNT = secret(
    "service_account",
    _("JSON key of the service account"),
    where=_(
        "console.cloud.google.com, IAM, Service accounts, Keys, Add key, JSON; then Play Console, Users and "
        "permissions: invite its address, with the right to answer reviews"
    ),
    way=_KEY,
    is_file=True,
)
TOKEN = secret("token", _("Access token"), where=_("Any tool that shows one"), way=_HOUR)
