"""The stage that brings the copy in Elasticsearch up to date, where there is one."""

from __future__ import annotations

from datetime import datetime

from trends.elastic.switch import is_on


def copy(*, now: datetime) -> int:
    """Write one batch of changes to Elasticsearch; returns how many it has now.

    While Elasticsearch cannot take them they wait in the database; what it refuses alone is a dead letter.
    """
    if not is_on():
        return 0
    # Imported here since the client is an extra that only those have who have Elasticsearch.
    from trends.elastic.update import update

    return update(now=now)
