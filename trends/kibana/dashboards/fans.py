"""Who praises the brand, and for what."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from trends.kibana.columns import By, Measure
from trends.kibana.dashboards.measures import (
    BRAND,
    IN_LANGUAGE,
    NETWORK,
    ON_NETWORK,
    POSITIVE,
    POSTED,
    POSTS,
    REACH,
    TOPIC,
)
from trends.kibana.objects import Dashboard
from trends.kibana.panels import Panel, Shape, number

FANS = Dashboard(
    id="kulanz-dashboard-fans",
    title=_("Kulanz: Fans"),
    description=_("Who praises the brand, for what, and how far it is heard."),
    controls=(BRAND, ON_NETWORK, IN_LANGUAGE),
    panels=(
        number(_("Praise"), POSTS, only=POSITIVE, width=16),
        number(_("Fans"), Measure(_("people"), "unique_count", "author"), only=POSITIVE, width=16),
        number(_("Reach of praise"), REACH, only=POSITIVE, width=16),
        Panel(_("Praise by network"), Shape.BARS, (POSTS,), (POSTED, NETWORK), only=POSITIVE),
        Panel(_("What is praised"), Shape.TABLE, (POSTS, REACH), (TOPIC,), only=POSITIVE),
        Panel(
            _("Who praises most"),
            Shape.TABLE,
            (
                POSTS,
                Measure(_("followers"), "max", "reach"),
                Measure(_("reactions"), "sum", "reactions"),
            ),
            (By("author", _("account"), size=25), NETWORK),
            only=POSITIVE,
        ),
        Panel(
            _("Words of praise"),
            Shape.TABLE,
            (POSTS,),
            (By("keyphrases", _("words"), size=25),),
            only=POSITIVE,
        ),
    ),
)
