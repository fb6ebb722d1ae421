"""One panel: a question to one kind of document, and the shape in which its answer is drawn."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from django_stubs_ext import StrOrPromise

from trends.elastic.mapping import Kind
from trends.kibana.columns import Body, By, Column, Measure, Over


class Shape(StrEnum):
    """How a panel is drawn; the values are names of Lens."""

    NUMBER = "lnsMetric"
    TABLE = "lnsDatatable"
    DONUT = "lnsPie"
    HEAT = "lnsHeatmap"
    BARS = "bar_stacked"
    SHARES = "bar_percentage_stacked"
    ROWS = "bar_horizontal"
    SHARE_ROWS = "bar_horizontal_percentage_stacked"
    LINES = "line"

    @property
    def visualization(self) -> str:
        """The visualization of Lens that draws it."""
        return str(self) if self.startswith("lns") else "lnsXY"


@dataclass(frozen=True, slots=True)
class Panel:
    """A title, measures over buckets, and its size in Kibana's grid of 48 columns."""

    title: StrOrPromise
    shape: Shape
    measures: Sequence[Measure]
    buckets: Sequence[Over | By] = field(default=())
    kind: Kind = Kind.MENTION
    only: str = ""
    width: int = 24
    height: int = 12

    def columns(self) -> Mapping[str, Column]:
        """Return all columns by their ids, buckets first."""
        buckets = {f"bucket{n}": bucket for n, bucket in enumerate(self.buckets)}
        return {**buckets, **{f"measure{n}": measure for n, measure in enumerate(self.measures)}}

    def aggregations(self) -> dict[str, Body]:
        """Return the aggregations that answer the panel's question, nested as the buckets are."""
        inner = {name: column.aggregation({}) for name, column in self._of(Measure).items()}
        for name, column in reversed(self._of(Over, By).items()):
            inner = {name: column.aggregation(inner)}
        return inner

    def query(self) -> Body:
        """Return the query of the documents that the panel is about."""
        return {"query_string": {"query": self.only}} if self.only else {"match_all": {}}

    def drawing(self, layer: str) -> Body:
        """Return the state of the visualization of Lens."""
        buckets, measures = list(self._of(Over, By)), list(self._of(Measure))
        common: Body = {"layerId": layer, "layerType": "data"}
        match self.shape:
            case Shape.NUMBER:
                return {**common, "metricAccessor": measures[0]}
            case Shape.TABLE:
                columns = [{"columnId": name} for name in [*buckets, *measures]]
                return {**common, "columns": columns, "paging": {"enabled": True, "size": 10}}
            case Shape.DONUT:
                return {
                    "shape": "donut",
                    "layers": [{**common, **_DONUT, "primaryGroups": buckets, "metrics": measures}],
                }
            case Shape.HEAT:
                axes = {"xAccessor": buckets[0], "yAccessor": buckets[1], "valueAccessor": measures[0]}
                return {**common, **_HEAT, **axes}
        return self._xy(common, buckets, measures)

    def _xy(self, common: Body, buckets: list[str], measures: list[str]) -> Body:
        colors = [
            {"forAccessor": name, "axisMode": "left", "color": measure.color}
            for name, measure in zip(measures, self.measures, strict=True)
            if measure.color
        ]
        layer = {**common, "seriesType": str(self.shape), "xAccessor": buckets[0], "accessors": measures}
        if buckets[1:]:
            layer["splitAccessor"] = buckets[1]
        if colors:
            layer["yConfig"] = colors
        return {**_XY, "preferredSeriesType": str(self.shape), "layers": [layer]}

    def _of(self, *types: type[Any]) -> dict[str, Column]:
        return {name: column for name, column in self.columns().items() if isinstance(column, types)}


def number(
    title: StrOrPromise, measure: Measure, *, kind: Kind = Kind.MENTION, only: str = "", width: int = 12
) -> Panel:
    """Return a panel that shows one number."""
    return Panel(title, Shape.NUMBER, (measure,), kind=kind, only=only, width=width, height=6)


_DONUT = {
    "numberDisplay": "percent",
    "categoryDisplay": "default",
    "legendDisplay": "default",
    "nestedLegend": False,
}
_HEAT = {
    "shape": "heatmap",
    "legend": {"isVisible": True, "position": "right", "type": "heatmap_legend"},
    "gridConfig": {
        "type": "heatmap_grid",
        "isCellLabelVisible": False,
        "isXAxisLabelVisible": True,
        "isYAxisLabelVisible": True,
        "isXAxisTitleVisible": False,
        "isYAxisTitleVisible": False,
    },
}
_XY = {
    "legend": {"isVisible": True, "position": "right", "showSingleSeries": False},
    "valueLabels": "hide",
    "fittingFunction": "None",
    "axisTitlesVisibilitySettings": {"x": False, "yLeft": False, "yRight": False},
    "tickLabelsVisibilitySettings": {"x": True, "yLeft": True, "yRight": True},
}
