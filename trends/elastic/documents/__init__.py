"""What each kind of document is read from."""

from collections.abc import Mapping
from dataclasses import dataclass

from trends.elastic.documents.cases import case_drafts, case_keys
from trends.elastic.documents.draft import Builder, Draft, Lister
from trends.elastic.documents.incidents import incident_drafts, incident_keys
from trends.elastic.documents.mentions import mention_drafts, mention_keys
from trends.elastic.documents.sources import source_drafts, source_keys
from trends.elastic.mapping import Kind

__all__ = ["ORIGINS", "Draft", "Origin"]


@dataclass(frozen=True, slots=True)
class Origin:
    """How the documents of a kind are read, and how all of them are listed."""

    drafts: Builder
    keys: Lister


ORIGINS: Mapping[Kind, Origin] = {
    Kind.MENTION: Origin(mention_drafts, mention_keys),
    Kind.CASE: Origin(case_drafts, case_keys),
    Kind.SOURCE: Origin(source_drafts, source_keys),
    Kind.INCIDENT: Origin(incident_drafts, incident_keys),
}
