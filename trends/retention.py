"""The stage that drops what is older than the months that the copy in Elasticsearch keeps."""

from __future__ import annotations

from datetime import datetime

from trends.elastic.switch import is_on


def retention(*, now: datetime) -> int:
    """Drop old indices; returns how many. The database keeps its mentions."""
    if not is_on():
        return 0
    # Imported here since the client is an extra that only those have who have Elasticsearch.
    from trends.elastic.sweep import drop_old

    return drop_old(now=now)
