"""What a Facebook page needs."""

from __future__ import annotations

from listeners.needs import gettext_noop as _
from listeners.needs import query
from listeners.networks.meta.needs import HUMAN_AGENT, graph_needs

NEEDS = (
    query(_("One of: feed, tagged, ratings, messages"), example="feed", optional=True),
    *graph_needs(
        _("Page access token"),
        _(
            "developers.facebook.com, Tools, Graph API Explorer, your page; permissions "
            "pages_read_engagement, pages_read_user_content, pages_manage_engagement, pages_messaging, "
            "pages_manage_metadata"
        ),
    ),
    HUMAN_AGENT,
)
