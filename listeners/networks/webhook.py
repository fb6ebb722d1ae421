"""Posts that others push to us; see `listeners.hook`."""

from __future__ import annotations

import json
from typing import Any

from django.utils.translation import gettext_noop

from listeners.contract import Health, Network, Page, Post
from listeners.exceptions import InputError, Malformed
from listeners.importing.columns import DOCUMENTED
from listeners.importing.lines import flatten
from listeners.importing.rows import Reading, read_post
from listeners.needs import secret

BY_HAND = gettext_noop("It was pushed by a webhook; answer by hand where it was posted.")


class Webhook(Network):
    """Whatever pushes posts to `/hooks/<source>`; its secret is `KULANZ_HOOK_SECRET_<SLUG>`."""

    name, label = "webhook", "Webhook"
    needs = (
        secret(
            "hook_secret",
            gettext_noop("Secret that signs what is pushed"),
            where=gettext_noop("Any long random word; whoever pushes gets the same"),
        ),
    )
    polls = False

    def fetch(self, cursor: str) -> Page:
        """Return nothing: posts are pushed."""
        return Page(posts=(), cursor=cursor)

    def read(self, payload: str) -> Post:
        """Read one post of our JSON again; raises Malformed."""
        try:
            return self.post(json.loads(payload))
        except (ValueError, InputError) as fault:
            raise Malformed(str(fault)) from fault

    def post(self, item: Any) -> Post:
        """Make a post of one object of a delivery; one without a time was posted now.

        Raises InputError saying what is wrong with it.
        """
        if not isinstance(item, dict):
            raise InputError(f"It is a {type(item).__name__}, not an object.")
        columns = dict(DOCUMENTED)
        if "posted_at" not in item:
            del columns["posted_at"]
        reading = Reading(
            now=self.clock(),
            columns=columns,
            namespace=f"{self.account.source}:",
            cannot_reply_reason=BY_HAND,
        )
        return read_post(flatten(item), reading)

    def check(self) -> Health:
        """Say that there is nothing to ask."""
        return Health(ok=True, message="Waits for deliveries.")
