from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from responders.route import route
from sentiment.service import classifier
from tests.browser.conftest import Visit
from tests.browser.test_access import faults
from tests.factories import make_agent, make_author
from tests.responders.desk import make_case, make_post

pytestmark = pytest.mark.django_db(transaction=True)
SMOKE = "HILFE, aus dem Akku kommt Rauch und der Laden ist voller Kinder! Was sollen wir jetzt tun?"


@pytest.mark.parametrize(("language", "said"), [("de", "vor allem wegen"), ("en", "mostly because of")])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_words_that_carried_the_verdict_come_after_the_page(
    visit: Visit, now: datetime, language: str, said: str, scheme: str
) -> None:
    verdict = {"urgency": 3, "model_hash": classifier().description.sha256}
    case = make_case(text=SMOKE, now=now, verdict=verdict)
    page = visit(make_agent(language=language), f"/case/{case.pk}", scheme=scheme)
    page.wait_for_selector(".because")
    assert said in page.inner_text(".because")
    assert page.inner_text(".post .words") == SMOKE
    lines = page.eval_on_selector_all(
        "mark", "marks => marks.map(m => getComputedStyle(m).textDecorationLine)"
    )
    assert lines and set(lines) == {"underline"}
    assert faults(page) == []


def test_a_post_that_comes_meanwhile_is_marked_too_and_its_reasons_stay_in_sight(
    visit: Visit, now: datetime
) -> None:
    verdict = {"urgency": 3, "model_hash": classifier().description.sha256}
    author = make_author(network="demo_x", handle="jana")
    first = " ".join(["Ich warte noch immer."] * 80)
    case = make_case(text=first, now=now - timedelta(minutes=1), author=author, verdict=verdict)
    page = visit(make_agent(language="de"), f"/case/{case.pk}")
    page.wait_for_selector(".because")
    make_post(SMOKE, now=now, author=author, verdict=verdict)
    route(now=now + timedelta(seconds=1))
    page.wait_for_selector("text=HILFE")
    page.wait_for_selector("article:last-of-type .because")
    assert page.locator(".because").count() == 1
    page.reload()
    page.wait_for_selector(".because")
    left = page.evaluate("thread.scrollHeight - thread.scrollTop - thread.clientHeight")
    assert left < 4 and page.evaluate("thread.scrollTop") > 0
