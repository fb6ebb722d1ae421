"""Whether we hear everything, and how soon."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from trends.elastic.mapping import Kind
from trends.kibana.columns import By, Measure, Over
from trends.kibana.dashboards.measures import BRAND, ON_NETWORK
from trends.kibana.objects import Dashboard
from trends.kibana.panels import Panel, Shape, number

SOURCES = Dashboard(
    id="kulanz-dashboard-sources",
    title=_("Kulanz: Sources"),
    description=_("Whether we hear everything, and how soon."),
    controls=(BRAND, ON_NETWORK, ("source", _("source"))),
    days=7,
    panels=(
        number(_("Silent hours"), Measure(_("hours"), only="silent:true"), kind=Kind.SOURCE, width=16),
        number(_("Dead letters"), Measure(_("most at a time"), "max", "letters"), kind=Kind.SOURCE, width=16),
        number(_("Faults"), Measure(_("faults"), "sum", "faults"), kind=Kind.SOURCE, width=16),
        Panel(
            _("Posts by source"),
            Shape.BARS,
            (Measure(_("posts"), "sum", "volume"),),
            (Over("hour"), By("source", _("source"))),
            kind=Kind.SOURCE,
        ),
        Panel(
            _("Delay, 95 of 100 within"),
            Shape.LINES,
            (Measure(_("delay"), "max", "lag_seconds_p95"),),
            (Over("hour"), By("source", _("source"))),
            kind=Kind.SOURCE,
        ),
        Panel(
            _("Share of failed fetches"),
            Shape.LINES,
            (Measure(_("failed"), "average", "error_rate"),),
            (Over("hour"), By("source", _("source"))),
            kind=Kind.SOURCE,
        ),
        Panel(
            _("Each source"),
            Shape.TABLE,
            (
                Measure(_("posts"), "sum", "volume"),
                Measure(_("failed"), "average", "error_rate"),
                Measure(_("delay"), "max", "lag_seconds_p95"),
                Measure(_("silent hours"), only="silent:true"),
                Measure(_("dead letters"), "max", "letters"),
            ),
            (By("source", _("source"), size=50), By("state", _("state"))),
            kind=Kind.SOURCE,
        ),
    ),
)
