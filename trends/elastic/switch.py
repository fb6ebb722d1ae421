"""Whether there is a copy in Elasticsearch."""

from __future__ import annotations

from config.environment import environment


def is_on() -> bool:
    """Whether Kulanz was told of an Elasticsearch."""
    return bool(environment().elastic_url)
