"""What a screen reader, a keyboard, a small window and tired eyes meet."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from responders import cases, claims
from responders.models import Agent, Case
from tests.browser.conftest import Visit
from tests.factories import make_agent, make_author
from tests.needs import need_module
from tests.responders.desk import make_case
from trends.models import Fact

LONG = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft" * 3


def faults(page: Any) -> list[str]:
    """What axe calls serious or critical on the page."""
    need_module("axe_core_python", extra="test")
    from axe_core_python.sync_playwright import Axe

    found = Axe().run(page)["violations"]
    return [
        f"{fault['id']}: {node['html'][:120]} {node['failureSummary'][:200]}"
        for fault in found
        if fault["impact"] in {"serious", "critical"}
        for node in fault["nodes"]
    ]


@pytest.fixture
def full(now: datetime, mira: Agent) -> Case:
    """A case with everything that a page can show, among others."""
    author = make_author(network="demo_x", handle="jana", name="Jana Weiß", followers=1240)
    case = make_case(now=now - timedelta(minutes=40), author=author, verdict={"urgency": 3})
    for urgency in (1, 2, 3):
        make_case(now=now, verdict={"urgency": urgency, "angry": urgency > 1})
    cases.resolve(make_case(now=now).pk, agent=mira, now=now)
    make_case(now=now, text=LONG, author=make_author(network="demo_x", handle=LONG[:190], name=LONG[:190]))
    claims.take(case.pk, agent=mira, now=now)
    cases.add_note(case.pk, text="Bitte kulant sein.", agent=mira, now=now)
    for day in range(20):
        posted = now - timedelta(days=day)
        Fact.objects.create(
            brand="zehnschritt", network="demo_x", language="de", posted_at=posted, sentiment="negative",
            urgency=1, angry=False, intent="other",
        )  # fmt: skip
    return case


UNFOLD = (
    "document.querySelectorAll('details:not(.drop):not(.me)').forEach(details => { details.open = true; })"
)


@pytest.mark.parametrize("width", [1440, 390])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_no_serious_fault_at_the_desk(
    visit: Visit, mira: Agent, full: Case, scheme: str, width: int
) -> None:
    page = visit(mira, "/?view=open", width=width, scheme=scheme)
    assert faults(page) == []
    page.goto(f"/case/{full.pk}")
    page.evaluate(UNFOLD)
    assert faults(page) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_no_serious_fault_on_the_other_pages(visit: Visit, full: Case, scheme: str) -> None:
    assert faults(visit(None, "/login", scheme=scheme)) == []
    page = visit(make_agent("lead", language="de"), "/approvals", scheme=scheme)
    for address in ("/approvals", "/trends", "/posts", "/sources", "/nothing"):
        page.goto(address)
        page.evaluate(UNFOLD)
        assert faults(page) == [], address


@pytest.mark.parametrize("language", ["de", "en"])
def test_nothing_is_wider_than_a_phone(visit: Visit, full: Case, language: str) -> None:
    page = visit(make_agent("lead", language=language), width=390)
    for address in ("/", f"/case/{full.pk}", "/approvals", "/trends", "/posts", "/sources"):
        page.goto(address)
        page.evaluate(UNFOLD)
        assert page.evaluate("document.documentElement.scrollWidth") <= 390, address


def test_a_phone_goes_from_list_to_case_to_reply_and_back(visit: Visit, mira: Agent, full: Case) -> None:
    page = visit(mira, "/?view=open", width=390)
    assert page.is_hidden("main")
    page.tap(f"#case-{full.pk} a")
    page.wait_for_url(f"**/case/{full.pk}?view=open")
    assert page.is_hidden(".list") and page.is_visible("#thread")
    page.fill("#reply-text", "Vom Telefon")
    page.tap("[data-send]")
    page.wait_for_selector("#undo")
    page.tap(".back")
    page.wait_for_url("**/?view=open")
    assert page.is_visible("#rows")


def test_everything_is_reached_by_tab(visit: Visit, mira: Agent, full: Case) -> None:
    page = visit(mira, f"/case/{full.pk}")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    reached = set()
    for _ in range(90):
        page.keyboard.press("Tab")
        reached.add(page.evaluate("document.activeElement.id || document.activeElement.className"))
    assert {"search", "reply-text", "thread", "release"} <= reached


def test_dark_colours_come_from_the_system_and_can_be_chosen(visit: Visit, mira: Agent) -> None:
    ground = "getComputedStyle(document.body).backgroundColor"
    light, dark = visit(mira), visit(mira, scheme="dark")
    assert light.evaluate(ground) != dark.evaluate(ground)
    light.click(".me summary")
    light.click("text=dark")
    light.wait_for_selector('html[data-theme="dark"]')
    assert light.evaluate(ground) == dark.evaluate(ground)


def test_scripts_and_styles_are_small(visit: Visit, mira: Agent, full: Case) -> None:
    page = visit(mira)
    loaded = page.evaluate("performance.getEntriesByType('resource').map(e => [e.name, e.decodedBodySize])")
    sizes = {kind: sum(size for name, size in loaded if name.endswith(kind)) for kind in (".css", ".js")}
    assert 0 < sizes[".css"] <= 40 * 1024 and 0 < sizes[".js"] <= 80 * 1024
