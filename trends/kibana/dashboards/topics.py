"""What people complain about, and what rises."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from trends.kibana.columns import By, Measure
from trends.kibana.dashboards.measures import (
    ANGRY,
    ANSWER_TIMES,
    BRAND,
    IN_LANGUAGE,
    NEGATIVE,
    NETWORK,
    ON_NETWORK,
    POSTED,
    POSTS,
    PROBLEM,
    REACH,
    SENTIMENT,
    TOPIC,
)
from trends.kibana.objects import Dashboard
from trends.kibana.panels import Panel, Shape

TOPICS = Dashboard(
    id="kulanz-dashboard-topics",
    title=_("Kulanz: Topics"),
    description=_("What people complain about, what it does to them, and what rises."),
    controls=(BRAND, ON_NETWORK, ("phase", _("phase")), IN_LANGUAGE),
    panels=(
        Panel(
            _("Pain points"),
            Shape.TABLE,
            (
                Measure(_("negative"), only=NEGATIVE),
                Measure(_("angry"), only=ANGRY),
                REACH,
                ANSWER_TIMES[1],
            ),
            (TOPIC,),
            width=48,
            height=14,
        ),
        Panel(
            _("Risers: this stretch and a week before"),
            Shape.TABLE,
            (POSTS, Measure(_("a week before"), shift="1w")),
            (TOPIC,),
        ),
        Panel(_("Complaints over time"), Shape.BARS, (POSTS,), (POSTED, TOPIC), only=PROBLEM),
        Panel(_("Topics and networks"), Shape.HEAT, (POSTS,), (NETWORK, TOPIC), only=PROBLEM),
        Panel(_("Phases of the journey"), Shape.SHARE_ROWS, SENTIMENT, (By("phase", _("phase")),)),
        Panel(
            _("Words of complaints"),
            Shape.TABLE,
            (POSTS, Measure(_("angry"), only=ANGRY)),
            (By("keyphrases", _("words"), size=25),),
            only=NEGATIVE,
        ),
        Panel(_("Stars"), Shape.ROWS, (POSTS,), (By("stars", _("stars"), size=5, in_order=True),)),
    ),
)
