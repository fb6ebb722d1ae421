from __future__ import annotations

from datetime import datetime

import pytest

from sentiment.service import classifier
from tests.browser.conftest import Visit
from tests.factories import make_agent
from tests.responders.desk import make_case

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
