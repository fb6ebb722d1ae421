"""Whether people are answered in time and glad in the end, and what that costs."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from trends.elastic.mapping import Kind
from trends.kibana.columns import By, Measure
from trends.kibana.dashboards.measures import (
    ANGRY,
    ANSWER_TIMES,
    BRAND,
    CASES,
    GREEN,
    GREY,
    ON_NETWORK,
    OPENED,
    RED,
    TOPIC,
)
from trends.kibana.objects import Dashboard
from trends.kibana.panels import Panel, Shape, number

CARE = Dashboard(
    id="kulanz-dashboard-care",
    title=_("Kulanz: Care"),
    description=_(
        "Whether people are answered in time, whether they are glad in the end, and what that costs."
    ),
    controls=(BRAND, ON_NETWORK, ("topic_name", _("topic"))),
    panels=(
        number(_("Open"), Measure(_("still open"), only="NOT _exists_:closed_at"), kind=Kind.CASE),
        number(_("Answered too late"), Measure(_("too late"), only="breached:true"), kind=Kind.CASE),
        number(_("Angry, then glad"), Measure(_("recovered"), only="recovered:true"), kind=Kind.CASE),
        number(_("Goodwill"), Measure(_("spent"), "sum", "spend"), kind=Kind.CASE),
        Panel(
            _("Answered in time"),
            Shape.SHARES,
            (
                Measure(_("too late"), only="breached:true", color=RED),
                Measure(_("in time"), only="breached:false", color=GREEN),
            ),
            (OPENED,),
            kind=Kind.CASE,
        ),
        Panel(_("Time until the first answer"), Shape.LINES, ANSWER_TIMES, (OPENED,), kind=Kind.CASE),
        Panel(
            _("Recovery of angry people"),
            Shape.SHARES,
            (
                Measure(_("glad in the end"), only="recovered:true", color=GREEN),
                Measure(_("not (yet)"), only="recovered:false", color=GREY),
            ),
            (OPENED,),
            kind=Kind.CASE,
            only=ANGRY,
        ),
        Panel(
            _("Goodwill by kind"),
            Shape.BARS,
            (CASES,),
            (OPENED, By("goodwill", _("goodwill"))),
            kind=Kind.CASE,
        ),
        Panel(
            _("By topic"),
            Shape.TABLE,
            (
                CASES,
                Measure(_("too late"), only="breached:true"),
                Measure(_("recovered"), only="recovered:true"),
                Measure(_("spent"), "sum", "spend"),
            ),
            (TOPIC,),
            kind=Kind.CASE,
        ),
        Panel(
            _("By priority (3 is critical)"),
            Shape.TABLE,
            (CASES, *ANSWER_TIMES, Measure(_("too late"), only="breached:true")),
            (By("priority", _("priority"), size=4, in_order=True),),
            kind=Kind.CASE,
        ),
        Panel(
            _("When cases come (hour and weekday, Monday is 1)"),
            Shape.HEAT,
            (CASES,),
            (
                By("hour_of_day", _("hour"), size=24, in_order=True),
                By("day_of_week", _("weekday"), size=7, in_order=True),
            ),
            kind=Kind.CASE,
            width=48,
        ),
    ),
)
