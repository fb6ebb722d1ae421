"""The saved objects have the shape of dashboards that Kibana 8 exports, and name only what exists."""

from __future__ import annotations

import json
from itertools import combinations
from typing import Any

import pytest
from django.utils import translation

from trends.elastic.mapping import FIELDS, Kind
from trends.kibana.columns import By, Measure, Over
from trends.kibana.dashboards import DASHBOARDS
from trends.kibana.ndjson import ndjson, objects
from trends.kibana.objects import COLUMNS, Dashboard, data_view
from trends.kibana.panels import Panel, Shape

PANELS = [
    pytest.param(panel, id=f"{dashboard.id}-{number}")
    for dashboard in DASHBOARDS
    for number, panel in enumerate(dashboard.panels)
]
SAVED = [one for one in objects() if one["type"] == "dashboard"]
BUCKETS = {Shape.NUMBER: {0}, Shape.TABLE: {1, 2, 3}, Shape.DONUT: {1}, Shape.HEAT: {2}}


def panels_of(dashboard: dict[str, Any]) -> list[dict[str, Any]]:
    return list(json.loads(dashboard["attributes"]["panelsJSON"]))


@pytest.mark.parametrize("panel", PANELS)
def test_every_field_of_a_panel_is_mapped_with_a_type_that_its_operation_takes(panel: Panel) -> None:
    for column in panel.columns().values():
        if column.takes:
            assert FIELDS[panel.kind][column.field]["type"] in column.takes
        else:
            assert column.field == ""


@pytest.mark.parametrize("panel", PANELS)
def test_a_panel_has_the_buckets_that_its_shape_draws(panel: Panel) -> None:
    assert panel.measures
    assert len(panel.buckets) in BUCKETS.get(panel.shape, {1, 2})
    assert len(panel.measures) == 1 or panel.shape not in (Shape.NUMBER, Shape.HEAT, Shape.DONUT)
    assert len(panel.measures) == 1 or len(panel.buckets) < 2 or panel.shape is Shape.TABLE


@pytest.mark.parametrize("panel", PANELS)
def test_no_amount_is_added_up_for_each_of_several_values_of_one_document(panel: Panel) -> None:
    if {column.field for column in panel.buckets} & {"goodwill", "keyphrases"}:
        assert {measure.operation for measure in panel.measures} == {"count"}


@pytest.mark.parametrize("dashboard", DASHBOARDS, ids=lambda dashboard: str(dashboard.id))
def test_readers_narrow_a_dashboard_by_fields_of_its_documents(dashboard: Dashboard) -> None:
    for field, _ in dashboard.controls:
        assert FIELDS[dashboard.panels[0].kind][field]["type"] == "keyword"


def test_each_line_is_one_object_and_its_data_views_come_before_what_refers_to_them() -> None:
    lines = [json.loads(line) for line in ndjson().splitlines()]
    ids = [line["id"] for line in lines]
    assert len(set(ids)) == len(ids) == len(Kind) + len(DASHBOARDS)
    for place, line in enumerate(lines):
        assert {reference["id"] for reference in line["references"]} <= set(ids[:place])


@pytest.mark.parametrize("dashboard", SAVED, ids=lambda dashboard: str(dashboard["id"]))
def test_a_dashboard_is_what_kibana_8_exports(dashboard: dict[str, Any]) -> None:
    assert set(dashboard) >= {"attributes", "references", "coreMigrationVersion", "typeMigrationVersion"}
    attributes = dashboard["attributes"]
    assert attributes["version"] == 1
    assert isinstance(json.loads(attributes["optionsJSON"]), dict)
    assert set(json.loads(attributes["kibanaSavedObjectMeta"]["searchSourceJSON"])) == {"query", "filter"}
    named = {reference["name"] for reference in dashboard["references"]}
    assert len(named) == len(dashboard["references"])
    controls = json.loads(attributes["controlGroupInput"]["panelsJSON"])
    layers = {f"{panel['panelIndex']}:indexpattern-datasource-layer-layer" for panel in panels_of(dashboard)}
    assert named == layers | {f"controlGroup_{name}:optionsListDataView" for name in controls}


@pytest.mark.parametrize("dashboard", SAVED, ids=lambda dashboard: str(dashboard["id"]))
def test_panels_lie_beside_each_other_inside_the_grid(dashboard: dict[str, Any]) -> None:
    places = [panel["gridData"] for panel in panels_of(dashboard)]
    assert all(place["x"] + place["w"] <= COLUMNS for place in places)
    for one, other in combinations(places, 2):
        beside = one["x"] + one["w"] <= other["x"] or other["x"] + other["w"] <= one["x"]
        above = one["y"] + one["h"] <= other["y"] or other["y"] + other["h"] <= one["y"]
        assert beside or above, (one, other)


@pytest.mark.parametrize("dashboard", SAVED, ids=lambda dashboard: str(dashboard["id"]))
def test_a_drawing_names_only_columns_of_its_layer(dashboard: dict[str, Any]) -> None:
    for panel in panels_of(dashboard):
        lens = panel["embeddableConfig"]["attributes"]
        assert lens["references"] == [
            {**lens["references"][0], "name": "indexpattern-datasource-layer-layer", "type": "index-pattern"}
        ]
        layer = lens["state"]["datasourceStates"]["formBased"]["layers"]["layer"]
        assert list(layer["columns"]) == layer["columnOrder"]
        assert set(_named(lens["state"]["visualization"])) == set(layer["columns"])


def _named(drawing: dict[str, Any]) -> list[str]:
    """Return the columns that a drawing uses, whatever its kind."""
    layers = drawing.get("layers", [drawing])
    found: list[str] = []
    for layer in layers:
        for key in ("xAccessor", "yAccessor", "splitAccessor", "valueAccessor", "metricAccessor"):
            found += [layer[key]] if key in layer else []
        for key in ("accessors", "primaryGroups", "metrics"):
            found += layer.get(key, [])
        found += [column["columnId"] for column in layer.get("columns", [])]
    return found


def test_values_are_ordered_by_the_first_measure_as_lens_orders_them() -> None:
    by_sum = By("topic_name", "topic").aggregation({"measure0": Measure("r", "sum", "reach").aggregation({})})
    by_count = By("topic_name", "topic").aggregation({"measure0": Measure("n").aggregation({})})
    assert by_sum["terms"]["order"] == {"measure0>value": "desc"}
    assert by_count["terms"]["order"] == {"measure0": "desc"}
    assert Over("posted_at").lens(Kind.MENTION, ordered_by="")["operationType"] == "date_histogram"


def test_data_views_have_names_in_the_language_of_the_installation() -> None:
    with translation.override("de"):
        names = [data_view(kind)["attributes"]["name"] for kind in Kind]
    assert names == [
        "Kulanz: Erwähnungen",
        "Kulanz: Fälle",
        "Kulanz: Stunden der Quellen",
        "Kulanz: Vorfälle",
    ]
