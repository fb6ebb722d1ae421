"""The columns of a panel: what Kibana's Lens calls each, and what Elasticsearch is asked for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from django_stubs_ext import StrOrPromise

from trends.elastic.mapping import FIELDS, Kind

NUMBERS = frozenset({"byte", "long", "float", "double", "half_float"})
DATES = frozenset({"date"})
VALUES = frozenset({"keyword", "boolean"}) | NUMBERS
RECORDS = "___records___"

Body = dict[str, Any]


class Column(Protocol):
    """One column of a panel."""

    @property
    def takes(self) -> frozenset[str]:
        """Types of field that its operation accepts; none where it needs no field."""

    @property
    def field(self) -> str:
        """The field that it reads, empty where it counts documents."""

    def lens(self, kind: Kind, *, ordered_by: str) -> Body:
        """Return the column as Lens stores it; values are ordered by the column `ordered_by`."""

    def aggregation(self, inner: Mapping[str, Body]) -> Body:
        """Return what Elasticsearch is asked, with the aggregations `inner` in each bucket."""


@dataclass(frozen=True, slots=True)
class Measure:
    """A number over documents, all of them or those that `only` (Lucene's syntax) finds.

    `operation` is a name of Lens: count, unique_count, sum, average, median, percentile, max. With `shift`
    ("1w") it is that of so long before, in Lens only.
    """

    label: StrOrPromise
    operation: str = "count"
    field: str = ""
    only: str = ""
    percentile: int = 95
    color: str = ""
    shift: str = ""

    @property
    def takes(self) -> frozenset[str]:
        """Numbers, but for what is counted."""
        return {"count": frozenset[str](), "unique_count": VALUES | DATES}.get(self.operation, NUMBERS)

    def lens(self, kind: Kind, *, ordered_by: str) -> Body:
        """Return the column as Lens stores it."""
        params: Body = {"percentile": self.percentile} if self.operation == "percentile" else {}
        column: Body = {
            "label": str(self.label),
            "customLabel": True,
            "dataType": "number",
            "isBucketed": False,
            "scale": "ratio",
            "operationType": self.operation,
            "sourceField": self.field or RECORDS,
            "params": {**params, "emptyAsNull": self.operation in ("count", "unique_count", "sum")},
        }
        if self.only:
            column["filter"] = {"language": "lucene", "query": self.only}
        if self.shift:
            column["timeShift"] = self.shift
        return column

    def aggregation(self, inner: Mapping[str, Body]) -> Body:
        """Return what Elasticsearch is asked; every measure stands in a filter, so that all look alike."""
        found: Body = {"query_string": {"query": self.only}} if self.only else {"match_all": {}}
        value = self._value()
        return {"filter": found, **({"aggs": {"value": value}} if value else {})}

    def _value(self) -> Body:
        field = {"field": self.field}
        match self.operation:
            case "count":
                return {}
            case "unique_count":
                return {"cardinality": field}
            case "median":
                return {"percentiles": {**field, "percents": [50]}}
            case "percentile":
                return {"percentiles": {**field, "percents": [self.percentile]}}
            case "average":
                return {"avg": field}
            case _:
                return {self.operation: field}


@dataclass(frozen=True, slots=True)
class Over:
    """Time, in steps that fit the stretch shown."""

    field: str
    label: StrOrPromise = ""
    takes: frozenset[str] = DATES

    def lens(self, kind: Kind, *, ordered_by: str) -> Body:
        """Return the column as Lens stores it."""
        return {
            "label": str(self.label or self.field),
            "customLabel": bool(self.label),
            "dataType": "date",
            "isBucketed": True,
            "scale": "interval",
            "operationType": "date_histogram",
            "sourceField": self.field,
            "params": {"interval": "auto", "includeEmptyRows": True, "dropPartials": False},
        }

    def aggregation(self, inner: Mapping[str, Body]) -> Body:
        """Return what Elasticsearch is asked: days, since only Lens knows the stretch."""
        return {"date_histogram": {"field": self.field, "calendar_interval": "1d"}, "aggs": dict(inner)}


@dataclass(frozen=True, slots=True)
class By:
    """The values of a field: the `size` with the highest first measure, or the first ones `in_order`."""

    field: str
    label: StrOrPromise
    size: int = 10
    in_order: bool = False
    others: bool = False
    takes: frozenset[str] = VALUES

    def lens(self, kind: Kind, *, ordered_by: str) -> Body:
        """Return the column as Lens stores it."""
        order: Body = {"type": "column", "columnId": ordered_by}
        if self.in_order:
            order = {"type": "alphabetical", "fallback": True}
        return {
            "label": str(self.label),
            "customLabel": True,
            "dataType": self._type(kind),
            "isBucketed": True,
            "scale": "ordinal",
            "operationType": "terms",
            "sourceField": self.field,
            "params": {
                "size": self.size,
                "orderBy": order,
                "orderDirection": "asc" if self.in_order else "desc",
                "otherBucket": self.others,
                "missingBucket": False,
                "parentFormat": {"id": "terms"},
            },
        }

    def _type(self, kind: Kind) -> str:
        of = FIELDS[kind][self.field]["type"]
        return "number" if of in NUMBERS else "boolean" if of == "boolean" else "string"

    def aggregation(self, inner: Mapping[str, Body]) -> Body:
        """Return what Elasticsearch is asked."""
        order = {"_key": "asc"} if self.in_order else {_first_measure(inner): "desc"}
        return {"terms": {"field": self.field, "size": self.size, "order": order}, "aggs": dict(inner)}


def _first_measure(inner: Mapping[str, Body]) -> str:
    """Return the path by which buckets are ordered as Lens orders them: by their first measure."""
    measure = inner.get("measure0")
    if measure is None:
        return "_count"
    return "measure0>value" if "aggs" in measure else "measure0"
