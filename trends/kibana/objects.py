"""The saved objects of Kibana 8: data views and dashboards, as one imports them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrOrPromise

from trends.elastic.mapping import FIELDS, TIME_FIELD, Kind
from trends.kibana.columns import Body
from trends.kibana.panels import Panel

COLUMNS = 48
_NAMES = {
    Kind.MENTION: _("Kulanz: mentions"),
    Kind.CASE: _("Kulanz: cases"),
    Kind.SOURCE: _("Kulanz: hours of sources"),
    Kind.INCIDENT: _("Kulanz: incidents"),
}
_KIBANA = "8.19.0"
_MIGRATIONS = {"coreMigrationVersion": "8.8.0", "managed": False}


@dataclass(frozen=True, slots=True)
class Dashboard:
    """A page of panels; `controls` are the fields, with their titles, by which readers narrow all of it."""

    id: str
    title: StrOrPromise
    description: StrOrPromise
    panels: Sequence[Panel]
    controls: Sequence[tuple[str, StrOrPromise]] = ()
    days: int = 30


def data_view(kind: Kind) -> Body:
    """Return the data view of a kind; numbers of seconds are shown as durations, addresses as links."""
    formats = {name: found for name in FIELDS[kind] if (found := _format(name))}
    return {
        **_MIGRATIONS,
        "type": "index-pattern",
        "typeMigrationVersion": "8.0.0",
        "id": str(kind),
        "attributes": {
            "name": str(_NAMES[kind]),
            "title": str(kind),
            "timeFieldName": TIME_FIELD[kind],
            "fieldFormatMap": json.dumps(formats),
        },
        "references": [],
    }


def saved(dashboard: Dashboard) -> Body:
    """Return a dashboard as a saved object."""
    placed = list(_placed(dashboard.panels))
    references = [_reference(panel.kind, f"{number}:{_LAYER}") for number, (panel, grid) in enumerate(placed)]
    controls = {f"control{n}": control for n, control in enumerate(dashboard.controls)}
    kind = dashboard.panels[0].kind
    references += [_reference(kind, f"controlGroup_{name}:optionsListDataView") for name in controls]
    return {
        **_MIGRATIONS,
        "type": "dashboard",
        "typeMigrationVersion": "8.9.0",
        "id": dashboard.id,
        "attributes": {
            "title": str(dashboard.title),
            "description": str(dashboard.description),
            "version": 1,
            "timeRestore": True,
            "timeFrom": f"now-{dashboard.days}d",
            "timeTo": "now",
            "refreshInterval": {"pause": False, "value": 60_000},
            "optionsJSON": json.dumps({"useMargins": True, "syncCursor": True, "hidePanelTitles": False}),
            "panelsJSON": json.dumps([_panel(n, panel, grid) for n, (panel, grid) in enumerate(placed)]),
            "kibanaSavedObjectMeta": {"searchSourceJSON": json.dumps({"query": _NO_QUERY, "filter": []})},
            "controlGroupInput": _controls(controls),
        },
        "references": references,
    }


_LAYER = "indexpattern-datasource-layer-layer"
_NO_QUERY = {"language": "lucene", "query": ""}


def _placed(panels: Sequence[Panel]) -> Iterator[tuple[Panel, Body]]:
    """Give each panel its place: from left to right, a new row where one is full."""
    x = y = height = 0
    for panel in panels:
        if x + panel.width > COLUMNS:
            x, y, height = 0, y + height, 0
        yield panel, {"x": x, "y": y, "w": panel.width, "h": panel.height}
        x, height = x + panel.width, max(height, panel.height)


def _panel(number: int, panel: Panel, grid: Body) -> Body:
    return {
        "version": _KIBANA,
        "type": "lens",
        "panelIndex": str(number),
        "title": str(panel.title),
        "gridData": {**grid, "i": str(number)},
        "embeddableConfig": {"enhancements": {}, "hidePanelTitles": False, "attributes": _lens(panel)},
    }


def _lens(panel: Panel) -> Body:
    columns = {
        name: column.lens(panel.kind, ordered_by="measure0") for name, column in panel.columns().items()
    }
    layer = {"columnOrder": list(columns), "columns": columns, "incompleteColumns": {}}
    return {
        "type": "lens",
        "title": str(panel.title),
        "visualizationType": panel.shape.visualization,
        "references": [_reference(panel.kind, _LAYER)],
        "state": {
            "adHocDataViews": {},
            "internalReferences": [],
            "filters": [],
            "query": {"language": "lucene", "query": panel.only},
            "datasourceStates": {"formBased": {"layers": {"layer": layer}}, "textBased": {"layers": {}}},
            "visualization": panel.drawing("layer"),
        },
    }


def _controls(controls: dict[str, tuple[str, StrOrPromise]]) -> Body:
    panels = {
        name: {
            "type": "optionsListControl",
            "order": order,
            "width": "medium",
            "grow": True,
            "explicitInput": {"id": name, "fieldName": field, "title": str(title), "selectedOptions": []},
        }
        for order, (name, (field, title)) in enumerate(controls.items())
    }
    ignored = dict.fromkeys(("ignoreFilters", "ignoreQuery", "ignoreTimerange", "ignoreValidations"), False)
    return {
        "chainingSystem": "HIERARCHICAL",
        "controlStyle": "oneLine",
        "ignoreParentSettingsJSON": json.dumps(ignored),
        "panelsJSON": json.dumps(panels),
    }


def _reference(kind: Kind, name: str) -> Body:
    return {"type": "index-pattern", "id": str(kind), "name": name}


def _format(field: str) -> Body:
    if field.endswith(("_seconds", "_seconds_p95")):
        params = {"inputFormat": "seconds", "outputFormat": "humanizePrecise", "outputPrecision": 0}
        return {"id": "duration", "params": params}
    if field == "error_rate":
        return {"id": "percent", "params": {"pattern": "0.0%"}}
    return {"id": "url", "params": {"openLinkInCurrentTab": False}} if field == "url" else {}
