"""How this Kulanz is, for people: each part in one sentence, and what to do where it is not well."""

from __future__ import annotations

import platform
import shutil
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

import django
import httpx
from django.db import DatabaseError, connection
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from config import __version__
from config.backup.latest import latest
from config.environment import environment
from config.findings import Finding
from config.migrating import are_waiting
from config.waiting import MOST, Waiting, waiting
from responders.console.words import ago, span
from sentiment.champion import champion
from sentiment.description import read_description
from sentiment.exceptions import ModelError
from sentiment.service import HUB
from sentiment.serving.wire import HEALTH
from trends.exceptions import ElasticFault

LATE = timedelta(minutes=5)
"""How long something may wait for a stage before that is not well."""
BACKUP_WITHIN = timedelta(hours=36)
LEAST_FREE = 0.05
ASKED_SECONDS = 3

Look = Callable[[datetime], Iterator[Finding]]


def parts() -> dict[str, Look]:
    """Return what can be looked at, by its name, in the order in which things depend on each other."""
    return {
        "database": _database,
        "stages": _stages,
        "model": _model,
        "elasticsearch": _elasticsearch,
        "disk": _disk,
        "backup": _backup,
        "versions": _versions,
    }


def look(*names: str, now: datetime) -> list[Finding]:
    """Look at these parts, at all where none is named; raises KeyError for a name that no part has."""
    known = parts()
    return [finding for name in names or known for finding in known[name](now)]


def _database(now: datetime) -> Iterator[Finding]:
    try:
        waits = are_waiting()
    except DatabaseError:
        yield Finding(_("Database"), False, _("does not answer"), _("Start it; kulanz check says more."))
        return
    version = ".".join(map(str, connection.get_database_version()))
    if waits:
        to_do = _("Run: kulanz migrate")
        yield Finding(_("Database"), False, _("lacks tables or columns of this version"), to_do)
    else:
        yield Finding(_("Database"), True, f"{connection.display_name} {version}")


def _stages(now: datetime) -> Iterator[Finding]:
    try:
        for one in waiting(now=now):
            late = one.since is not None and now - one.since > LATE
            to_do = _("See whether this stage runs, and what its log says.") if late else ""
            yield Finding(_("Stage %(name)s") % {"name": one.stage}, not late, _said(one, now), to_do)
    except DatabaseError:
        yield Finding(_("Stages"), False, _("cannot be counted without the database"))


def _said(one: Waiting, now: datetime) -> str:
    if not one.count:
        return _("nothing waits")
    number = f"{one.count}+" if one.count == MOST else str(one.count)
    said = ngettext("%(n)s waits", "%(n)s wait", one.count) % {"n": number}
    if one.since is None:
        return said
    return _("%(said)s, the first for %(span)s") % {"said": said, "span": span(now - one.since)}


def _model(now: datetime) -> Iterator[Finding]:
    address = environment().model_url.rstrip("/")
    if address:
        yield _model_service(address)
        return
    chosen = environment().model
    if str(chosen).startswith(HUB):
        yield Finding(_("Model"), True, str(chosen))
        return
    try:
        found = read_description(chosen or champion())
    except ModelError as fault:
        yield Finding(_("Model"), False, str(fault), _("Run: kulanz check"))
        return
    yield Finding(_("Model"), True, f"{found.name} {found.version}")


def _model_service(address: str) -> Finding:
    try:
        # Posts go to no proxy that the environment names, and so does this.
        is_well = httpx.get(address + HEALTH, timeout=ASKED_SECONDS, trust_env=False).is_success
    except httpx.HTTPError:
        is_well = False
    if is_well:
        return Finding(_("Model"), True, _("judges at %(address)s") % {"address": address})
    said = _("does not judge at %(address)s") % {"address": address}
    return Finding(_("Model"), False, said, _("Start kulanz serve-model, or correct KULANZ_MODEL_URL."))


def _elasticsearch(now: datetime) -> Iterator[Finding]:
    if not environment().elastic_url:
        yield Finding("Elasticsearch", True, _("there is none; charts are counted in the database"))
        return
    # Its client comes with an extra.
    from trends.elastic.client import client, probe

    try:
        yield Finding("Elasticsearch", True, probe(client().options(request_timeout=ASKED_SECONDS)))
    except ElasticFault as fault:
        yield Finding("Elasticsearch", False, str(fault), fault.what_to_do)


def _disk(now: datetime) -> Iterator[Finding]:
    var = environment().var.absolute()
    disk = shutil.disk_usage(next(folder for folder in (var, *var.parents) if folder.exists()))
    free = disk.free / disk.total
    said = _("%(free).0f of %(total).0f GB are free") % {"free": disk.free / 1e9, "total": disk.total / 1e9}
    is_well = free >= LEAST_FREE
    yield Finding(_("Disk"), is_well, said, "" if is_well else _("Make room, or give it a larger one."))


def _backup(now: datetime) -> Iterator[Finding]:
    made = latest()
    to_do = _("Run: kulanz backup; best once a day, by cron.")
    if made is None:
        yield Finding(_("Backup"), False, _("none was ever made"), to_do)
        return
    is_fresh = now - made.at <= BACKUP_WITHIN
    said = _("%(name)s, %(ago)s") % {"name": made.name, "ago": ago(made.at, now)}
    yield Finding(_("Backup"), is_fresh, said, "" if is_fresh else to_do)


def _versions(now: datetime) -> Iterator[Finding]:
    said = f"Kulanz {__version__}, Python {platform.python_version()}, Django {django.get_version()}"
    yield Finding(_("Versions"), True, said)
