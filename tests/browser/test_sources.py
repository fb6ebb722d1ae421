"""The page of the sources, as ops uses it."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from listeners.models import DeadLetter, Gap, Source
from tests.browser.conftest import Visit
from tests.browser.test_access import faults
from tests.factories import make_agent, make_source

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1440, 390])
def test_ops_sees_a_gap_pauses_a_source_and_resumes_it(
    visit: Visit, now: datetime, width: int, scheme: str
) -> None:
    source = make_source(now=now, slug="one", network="demo_x", last_success_at=now, last_error="x" * 300)
    hour = timedelta(hours=1)
    Gap.objects.create(source=source, reason="stopped", starts_at=now - 2 * hour, ends_at=now - hour)
    DeadLetter.objects.create(stage="listen", source=source, where="post 1", error="y" * 300, at=now)
    page = visit(make_agent("ops", language="de"), "/sources", width=width, scheme=scheme)
    page.evaluate("document.querySelectorAll('main details').forEach(one => { one.open = true; })")
    assert "Vielleicht verpasst" in page.inner_text("main")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert faults(page) == []
    page.click("button:has-text('Pausieren')")
    page.wait_for_selector(".health.paused")
    assert Source.objects.get().state == "paused"
    page.click("button:has-text('Fortsetzen')")
    page.wait_for_selector(".health.active")
    assert Source.objects.get().state == "active"
