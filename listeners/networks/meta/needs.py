"""What Meta's networks need, each in its own words."""

from __future__ import annotations

from listeners.needs import CONNECT, USUAL, Need, secret, setting
from listeners.needs import gettext_noop as _

_TOKEN = _("A token that you made yourself")
_BASIC = _("developers.facebook.com, your app, App settings, Basic")
_THREADS = _("developers.facebook.com, your app, Use cases, Access the Threads API, Settings")
_HOOKS = _("Any word of yours; enter the same one at developers.facebook.com, your app, Webhooks")
LOOK_BACK_DAYS = setting(
    "look_back_days", _("Days after which comments are no longer looked for"), example="30"
)
ACCOUNT_ID = setting("account_id", _("Number of the page or account, where the app has several"))
HUMAN_AGENT = setting(
    "human_agent", _("Whether Meta lets people answer messages for seven days (Human Agent)"), example="true"
)
HUMAN_AGENT = setting(
    "human_agent", _("Whether Meta lets people answer messages for seven days (Human Agent)"), example="true"
)
VERIFY_TOKEN = secret("verify_token", _("Verify token of the webhooks"), where=_HOOKS, optional=True)


def graph_needs(token: str, where: str) -> tuple[Need, ...]:
    """Return what Facebook and Instagram need; `token` says whose token it is, `where` where it is made."""
    return (
        secret("app_id", _("App ID"), where=_BASIC, way=CONNECT),
        secret("app_secret", _("App secret"), where=_BASIC, way=CONNECT),
        secret("token", token, where=where, way=_TOKEN),
        secret("app_secret", _("App secret"), where=_BASIC, way=_TOKEN, optional=True),
        VERIFY_TOKEN,
        LOOK_BACK_DAYS,
        ACCOUNT_ID,
        HUMAN_AGENT,
        *USUAL,
    )


THREADS_NEEDS = (
    secret("app_id", _("Threads app ID"), where=_THREADS, way=CONNECT),
    secret("app_secret", _("Threads app secret"), where=_THREADS, way=CONNECT),
    secret("token", _("Long-lived token of the account"), where=_THREADS, way=_TOKEN),
    secret("app_secret", _("Threads app secret"), where=_THREADS, way=_TOKEN, optional=True),
    VERIFY_TOKEN,
    LOOK_BACK_DAYS,
    ACCOUNT_ID,
    *USUAL,
)
