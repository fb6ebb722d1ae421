"""What several dashboards count, and by what."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from trends.kibana.columns import By, Measure, Over

RED, AMBER, GREY, GREEN, BLUE = "#c4372b", "#d98b1f", "#8a949e", "#2f8f5b", "#2f6fb0"

NEGATIVE = "sentiment:negative"
POSITIVE = "sentiment:positive"
URGENT = "urgency:[2 TO *]"
ANGRY = "angry:true"
ANSWERED = "_exists_:first_response_seconds"
PROBLEM = "_exists_:topic_name AND sentiment:negative"

POSTS = Measure(_("posts"))
CASES = Measure(_("cases"))
REACH = Measure(_("followers reached"), "sum", "reach")
SENTIMENT = (
    Measure(_("negative"), only=NEGATIVE, color=RED),
    Measure(_("neutral"), only="sentiment:neutral", color=GREY),
    Measure(_("positive"), only=POSITIVE, color=GREEN),
)
URGENCY = (
    Measure(_("critical"), only="urgency:3", color=RED),
    Measure(_("high"), only="urgency:2", color=AMBER),
    Measure(_("normal"), only="urgency:1", color=BLUE),
    Measure(_("none"), only="urgency:0", color=GREY),
)
ANSWER_TIMES = (
    Measure(_("half within"), "median", "first_response_seconds", color=BLUE),
    Measure(_("95 of 100 within"), "percentile", "first_response_seconds", color=AMBER),
)

POSTED = Over("posted_at")
OPENED = Over("opened_at")
TOPIC = By("topic_name", _("topic"), size=12)
NETWORK = By("network", _("network"), size=15)
BRAND = ("brand", _("brand"))
ON_NETWORK = ("network", _("network"))
IN_LANGUAGE = ("language", _("language"))
