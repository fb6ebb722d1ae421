"""One part of the installation at a time, for who shows each by itself."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType

import structlog

from config import findings
from config.findings import Finding
from listeners.login.accounts import given, in_environment, secrets_of
from listeners.models import Source

logger = structlog.get_logger(__name__)
PARTS: Mapping[str, Callable[[], Iterable[Finding]]] = MappingProxyType(
    {
        "brands": findings.configuration,
        "database": findings.database,
        "model": lambda: [findings.model()],
        "photos": lambda: [findings.photos()],
        "elasticsearch": lambda: [findings.search(database_is_there=True)],
        "alarms": lambda: findings.alarms(tell=False),
        "people": findings.people,
    }
)


class Ill(Exception):
    """Raised where a part is not well; its text says what is wrong and what to do."""


def look(part: str) -> None:
    """Look at a part of `PARTS`; raises Ill where anything of it is not well."""
    _weigh(PARTS[part]())


def look_at_source(slug: str) -> None:
    """Ask a source's network whether the account works; the log says where its secrets come from."""
    logger.info("secrets", source=slug, **origins(slug))
    _weigh([findings.source_finding(Source.objects.get(slug=slug))])


def origins(slug: str) -> dict[str, str]:
    """Return where each secret of a source comes from, by its name."""
    kept = dict.fromkeys(secrets_of(slug), "file")
    return {
        **kept,
        **dict.fromkeys(given(slug), "connection"),
        **dict.fromkeys(in_environment(slug), "environment"),
    }


def _weigh(found: Iterable[Finding]) -> None:
    ill = []
    for one in found:
        logger.info("looked", part=one.part, ok=one.ok, message=one.message)
        if not one.ok:
            ill.append(f"{one.part}: {one.message} {one.what_to_do}".strip())
    if ill:
        raise Ill("\n".join(ill))
