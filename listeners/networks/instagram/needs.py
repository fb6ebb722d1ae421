"""What an Instagram account needs."""

from __future__ import annotations

from listeners.needs import gettext_noop as _
from listeners.needs import query
from listeners.networks.meta.needs import HUMAN_AGENT, graph_needs

NEEDS = (
    query(_("One of: comments, tags, messages"), example="comments", optional=True),
    *graph_needs(
        _("Token of the page that the account is connected with"),
        _(
            "developers.facebook.com, Tools, Graph API Explorer, your page; permissions instagram_basic, "
            "instagram_manage_comments, instagram_manage_messages, pages_messaging, pages_read_engagement, "
            "pages_show_list, pages_manage_metadata"
        ),
    ),
    HUMAN_AGENT,
)
