"""What a Telegram bot needs."""

from __future__ import annotations

from listeners.needs import USUAL, secret, setting
from listeners.needs import gettext_noop as _

NEEDS = (
    secret("token", _("Token of the bot"), where=_("In Telegram write /newbot to @BotFather")),
    setting("all_of_groups", _("Whether every message of its groups is taken"), example="true"),
    *USUAL,
)
