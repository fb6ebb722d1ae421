"""Faults of this room.

ElasticFault            Elasticsearch cannot be used now; work waits
└── ElasticRefusal      it answers and will not until a person changes something
"""

from __future__ import annotations


class ElasticFault(Exception):
    """Elasticsearch cannot be used now; says why."""

    what_to_do = "Start it, or correct KULANZ_ELASTIC_URL; until then work waits in the database."


class ElasticRefusal(ElasticFault):
    """Elasticsearch answers and will not do what we ask; says what a person must change."""

    def __init__(self, message: str, what_to_do: str) -> None:
        super().__init__(message)
        self.what_to_do = what_to_do
