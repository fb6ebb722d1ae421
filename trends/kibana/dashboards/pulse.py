"""What people post, how they feel and how soon they are answered."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from trends.elastic.mapping import Kind
from trends.kibana.columns import By, Measure, Over
from trends.kibana.dashboards.measures import (
    ANSWER_TIMES,
    ANSWERED,
    BRAND,
    IN_LANGUAGE,
    NETWORK,
    ON_NETWORK,
    POSTED,
    POSTS,
    SENTIMENT,
    URGENCY,
    URGENT,
)
from trends.kibana.objects import Dashboard
from trends.kibana.panels import Panel, Shape, number

PULSE = Dashboard(
    id="kulanz-dashboard-pulse",
    title=_("Kulanz: Pulse"),
    description=_("What people post about the brand, how they feel and how soon they are answered."),
    controls=(BRAND, ON_NETWORK, IN_LANGUAGE),
    panels=(
        number(_("Posts"), POSTS),
        number(_("Negative"), SENTIMENT[0]),
        number(_("Urgent"), Measure(_("urgent"), only=URGENT)),
        number(_("People"), Measure(_("people"), "unique_count", "author")),
        Panel(_("Posts by network"), Shape.BARS, (POSTS,), (POSTED, NETWORK)),
        Panel(_("Sentiment"), Shape.SHARES, SENTIMENT, (POSTED,)),
        Panel(_("Urgency"), Shape.BARS, URGENCY, (POSTED,)),
        Panel(_("Time until the first answer"), Shape.LINES, ANSWER_TIMES, (POSTED,), only=ANSWERED),
        Panel(
            _("When people post (hour and weekday, Monday is 1)"),
            Shape.HEAT,
            (POSTS,),
            (
                By("hour_of_day", _("hour"), size=24, in_order=True),
                By("day_of_week", _("weekday"), size=7, in_order=True),
            ),
        ),
        Panel(_("Networks compared"), Shape.SHARE_ROWS, SENTIMENT, (NETWORK,)),
        Panel(_("Languages"), Shape.DONUT, (POSTS,), (By("language", _("language"), others=True),), width=16),
        Panel(_("What they want"), Shape.DONUT, (POSTS,), (By("intent", _("intent")),), width=16),
        Panel(
            _("From the network to the queue, 95 of 100 within"),
            Shape.LINES,
            (Measure(_("way to us"), "percentile", "delay_seconds"),),
            (POSTED,),
            only="is_backfill:false",
            width=16,
        ),
        Panel(
            _("Sudden rises"),
            Shape.TABLE,
            (
                Measure(_("posts"), "max", "mentions"),
                Measure(_("times the usual"), "max", "growth"),
                Measure(_("followers reached"), "max", "reach"),
            ),
            (Over("began_at", _("began")), By("kind", _("kind")), By("network", _("network"))),
            kind=Kind.INCIDENT,
            width=48,
        ),
    ),
)
