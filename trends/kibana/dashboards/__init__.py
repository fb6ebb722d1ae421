"""The dashboards, as a list: change one, and `kulanz kibana` brings the change to Kibana."""

from trends.kibana.dashboards.care import CARE
from trends.kibana.dashboards.fans import FANS
from trends.kibana.dashboards.pulse import PULSE
from trends.kibana.dashboards.sources import SOURCES
from trends.kibana.dashboards.topics import TOPICS

DASHBOARDS = (PULSE, TOPICS, CARE, FANS, SOURCES)
