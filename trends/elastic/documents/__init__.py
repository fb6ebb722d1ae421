"""What each kind of document is read from."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from trends.elastic.documents.cases import case_drafts, case_rows
from trends.elastic.documents.draft import Builder, Draft, Lister
from trends.elastic.documents.incidents import incident_drafts, incident_rows
from trends.elastic.documents.mentions import mention_drafts, mention_rows
from trends.elastic.documents.sources import source_drafts, source_key, source_rows
from trends.elastic.mapping import Kind

__all__ = ["ORIGINS", "Draft", "Origin"]


@dataclass(frozen=True, slots=True)
class Origin:
    """How the documents of a kind are read, what rows all of them are made of, and the key of a row."""

    drafts: Builder
    rows: Lister
    key: Callable[[Any], str] = lambda row: str(row.pk)


ORIGINS: Mapping[Kind, Origin] = {
    Kind.MENTION: Origin(mention_drafts, mention_rows),
    Kind.CASE: Origin(case_drafts, case_rows),
    Kind.SOURCE: Origin(source_drafts, source_rows, lambda tally: source_key(tally.source_id, tally.hour)),
    Kind.INCIDENT: Origin(incident_drafts, incident_rows),
}
