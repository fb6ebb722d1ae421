"""What a Mastodon server needs."""

from __future__ import annotations

from listeners.needs import PAGE_SIZE, STREAM, TIMEOUT_S, Need, query, secret
from listeners.needs import gettext_noop as _

NEEDS = (
    query(_("A #hashtag, words to search for, or: mentions"), example="#zehnschritt", optional=True),
    Need(
        name="base_url",
        kind="setting",
        label=_("Address of the account's server"),
        example="https://mastodon.example",
    ),
    secret(
        "token",
        _("Access token"),
        where=_("Your server, Preferences, Development, New application; scopes read and write:statuses"),
    ),
    TIMEOUT_S,
    PAGE_SIZE,
    *STREAM,
)
