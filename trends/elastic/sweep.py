"""Ends what a rebuild has begun, and drops indices that nobody needs any more."""

from __future__ import annotations

from datetime import datetime

import structlog
from elasticsearch import Elasticsearch

from config.environment import environment
from trends.elastic import indices
from trends.elastic.client import client, faults_named
from trends.elastic.indices import first_month
from trends.elastic.models import Copy
from trends.elastic.state import generations, is_resting, rest, state
from trends.exceptions import ElasticFault

logger = structlog.get_logger(__name__)


def drop_old(*, now: datetime) -> int:
    """Drop the months that are not kept and what interrupted rebuilds left; returns how many indices."""
    how = state()
    if is_resting(how, now=now):
        return 0
    try:
        with faults_named():
            finish(client())
            return sweep(client(), now=now)
    except ElasticFault as fault:
        rest(how, fault, now=now)
        return 0


def finish(elastic: Elasticsearch) -> None:
    """Let a rebuild that is whole be read, where whoever built it died before."""
    copy = state()
    if copy.building is None or copy.building_until is not None:
        return
    there = indices.existing(elastic)
    indices.swap(
        elastic,
        new=[index for index, is_read in there.items() if index.generation == copy.building and not is_read],
        old=[index for index, is_read in there.items() if index.generation != copy.building and is_read],
    )
    Copy.objects.filter(building=copy.building).update(generation=copy.building, building=None)


def sweep(elastic: Elasticsearch, *, now: datetime) -> int:
    """Drop all indices but those that are written to and kept; returns how many."""
    # Listed before the state is read: a rebuild that begins between is then known.
    there = indices.existing(elastic)
    in_use = generations(state(), now=now)
    first = first_month(now, months=environment().keep_months)
    needless = [index for index in there if index.generation not in in_use or index.month < first]
    if needless:
        logger.info("indices_dropped", names=[index.name for index in sorted(needless)])
    return indices.drop(elastic, needless)
