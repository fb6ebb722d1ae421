"""What `kulanz check` looks at: each part of the installation, and what to do where one is not well."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator
from dataclasses import dataclass

from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone
from django.utils.translation import gettext as _
from rich.markup import escape
from rich.table import Table

from config.brand_files import BrandFault, read_brands
from listeners import telling
from listeners.alarm_words import trial
from listeners.contract import Health
from listeners.exceptions import ListenerError, StorageFault
from listeners.models import Source
from listeners.networks.registry import open_network
from listeners.photo_files import try_storage
from responders.models import Agent
from sentiment.exceptions import ModelUnavailable, SentimentError
from sentiment.service import assessor
from trends.elastic.models import Change
from trends.exceptions import ElasticFault


@dataclass(frozen=True, slots=True)
class Finding:
    """One part of the installation, whether it is well, and what a person should do if not."""

    part: str
    ok: bool
    message: str
    what_to_do: str = ""


def all_findings(*, tell: bool = False) -> Iterator[Finding]:
    """Look at everything, in the order in which things depend on each other.

    `tell` sends a message to each address that alarms go to, to try them.
    """
    yield from configuration()
    database_is_there = yield from database()
    yield model()
    yield photos()
    yield search(database_is_there=database_is_there)
    yield from alarms(tell=tell)
    if database_is_there:
        yield from sources()
        yield from people()


def table(findings: Iterable[Finding]) -> Table:
    """Show findings on a terminal."""
    shown = Table(show_edge=False, pad_edge=False)
    for heading in ("", _("part"), _("what was found"), _("what to do")):
        shown.add_column(heading, overflow="fold")
    for finding in findings:
        mark = "[green]✔[/]" if finding.ok else "[red]✘[/]"
        shown.add_row(mark, *map(escape, (finding.part, finding.message, finding.what_to_do)))
    return shown


def configuration() -> Iterator[Finding]:
    """Look at the brand files."""
    folder = settings.ENVIRONMENT.brands
    try:
        for slug, brand in read_brands(folder).items():
            yield Finding(f"brand {slug}", True, f"{brand.name}, {len(brand.goodwill.offers)} kinds of offer")
    except BrandFault as fault:
        for line in str(fault).splitlines():
            yield Finding("brands", False, line, f"Mend the file in {folder}.")


def database() -> Generator[Finding, None, bool]:
    """Look at the database; returns whether its tables can be used."""
    try:
        connection.ensure_connection()
        executor = MigrationExecutor(connection)
        waiting = executor.migration_plan(executor.loader.graph.leaf_nodes())
    except DatabaseError as fault:
        yield Finding("database", False, str(fault).strip(), "Start it, or correct KULANZ_DATABASE_URL.")
        return False
    if waiting:
        message = f"{connection.vendor}, {len(waiting)} migrations have not been run"
        yield Finding("database", False, message, "Run: kulanz migrate")
        return False
    yield Finding("database", True, f"{connection.vendor}, all tables are there")
    return True


def model() -> Finding:
    """Let what judges mentions, the classifier or the model service, judge one sentence."""
    try:
        verdict = assessor().classify(["Nach zwei Wochen reißt die Öse! 180 € für nichts."])[0]
    except ModelUnavailable as fault:
        return Finding("model", False, str(fault), "Start kulanz serve-model, or correct KULANZ_MODEL_URL.")
    except SentimentError as fault:
        way_out = "Correct KULANZ_MODEL, run kulanz promote --back, or restore sentiment/weights from git."
        return Finding("model", False, str(fault), way_out)
    return Finding("model", True, f"{verdict.model_name} {verdict.model_version}")


def sources() -> Iterator[Finding]:
    """Ask each source's network whether the account works."""
    found = False
    for source in Source.objects.exclude(state=Source.State.PAUSED):
        found = True
        yield source_finding(source)
    if not found:
        yield Finding("sources", True, "none is listened to; files can be imported: kulanz import FILE")


def source_finding(source: Source) -> Finding:
    """Ask a source's network whether the account works."""
    health = _health(source)
    return Finding(f"source {source.slug}", health.ok, health.message, health.what_to_do)


def _health(source: Source) -> Health:
    if source.state == Source.State.DISABLED:
        return Health(ok=False, message=source.last_error, what_to_do="Renew the log-in, then resume it.")
    try:
        return open_network(source, clock=timezone.now).check()
    except ListenerError as fault:
        return Health(ok=False, message=str(fault), what_to_do="This is what the network answered.")


def photos() -> Finding:
    """Look whether the storage of photos takes a file and gives it away again."""
    try:
        try_storage()
    except StorageFault as fault:
        return Finding("photos", False, str(fault), "Look at KULANZ_MEDIA_URL, its credentials and its disk.")
    return Finding("photos", True, "the storage works")


def search(*, database_is_there: bool) -> Finding:
    """Ask Elasticsearch, where there is one, and look at what waits for it."""
    if not settings.ENVIRONMENT.elastic_url:
        return Finding("elasticsearch", True, "none, so charts are counted here: KULANZ_ELASTIC_URL is empty")
    # Its client comes with an extra.
    from trends.elastic.client import client, probe

    try:
        said = probe(client())
    except ElasticFault as fault:
        return Finding("elasticsearch", False, str(fault), fault.what_to_do)
    waiting = Change.objects.filter(due_at__lte=timezone.now()).count() if database_is_there else 0
    return Finding("elasticsearch", True, f"{said}; {waiting} documents wait to be written")


def alarms(*, tell: bool) -> Iterator[Finding]:
    """Look whom alarms are told to and, with `tell`, whether a message arrives there."""
    if not telling.addresses():
        yield Finding("alarms", True, "told to nobody, they stand in the log: KULANZ_ALARM_URLS is empty")
    for address in telling.addresses() if tell else ():
        took = telling.tell(address, trial())
        message = "took a message" if took else "did not take a message"
        to_do = "" if took else "Look at this address in KULANZ_ALARM_URLS, and whether it can be reached."
        yield Finding(f"alarm address {address.number}", took, message, to_do)
    if telling.addresses() and not tell:
        yield Finding("alarms", True, f"told to {len(telling.addresses())}; kulanz check --tell tries them")


def people() -> Iterator[Finding]:
    """Look whether anybody can answer and approve."""
    for role, does in ((Agent.Role.CARE, "answer cases"), (Agent.Role.LEAD, "approve offers")):
        count = Agent.objects.filter(is_active=True, role=role).count()
        yield Finding(
            f"role {role.value}",
            count > 0,
            f"{count} can {does}",
            "" if count else "Run: kulanz createsuperuser; then set a person's role in /admin/.",
        )
