"""Posts out of files; `kulanz import` brings them."""

from __future__ import annotations

from django.utils.translation import gettext_noop

from listeners.contract import Health, Network, Page

BY_HAND = gettext_noop("It was imported from a file; answer by hand where it was posted.")


class File(Network):
    """A file of posts: nothing to ask, nobody to answer there."""

    name, label = "file", "File"
    polls = False

    def fetch(self, cursor: str) -> Page:
        """Return nothing: files are imported."""
        return Page(posts=(), cursor=cursor)

    def check(self) -> Health:
        """Say that there is nothing to ask."""
        return Health(ok=True, message="Files are imported by hand: kulanz import.")
