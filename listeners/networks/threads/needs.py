"""What a Threads account needs."""

from __future__ import annotations

from listeners.needs import gettext_noop as _
from listeners.needs import query
from listeners.networks.meta.needs import THREADS_NEEDS

NEEDS = (
    query(_("One of: mentions, replies"), example="mentions", optional=True),
    *THREADS_NEEDS,
)
