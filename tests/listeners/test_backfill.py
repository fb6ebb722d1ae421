from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from listeners import backfill as backfilling
from listeners.backfill import backfill, source_named, to_fill
from listeners.exceptions import InputError, RateLimited
from listeners.models import Gap, Mention, Source
from tests.factories import make_source
from tests.listeners.posts import make_page, make_post
from tests.listeners.test_listen import Script

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def script(monkeypatch: pytest.MonkeyPatch) -> Script:
    script = Script()
    monkeypatch.setattr(backfilling, "open_network", script.open)
    return script


@pytest.fixture
def source(now: datetime) -> Source:
    return make_source(now=now, slug="one", network="demo_x", cursor="here", last_success_at=now)


def test_what_was_posted_on_those_days_is_stored_as_history_and_the_cursor_stays(
    source: Source, script: Script, now: datetime
) -> None:
    early, missed, late = (make_post(str(n), posted_at=now - n * DAY) for n in (3, 2, 1))
    for _ in range(2):
        script.set("one", make_page(early, cursor="a", more=True), make_page(missed, late, cursor="b"))
        backfill(source.pk, since=now - 2.5 * DAY, until=now - 1.5 * DAY, now=now)
        assert script.networks["one"].cursors == ["", "a"]
    mention = Mention.objects.get()
    assert mention.native_id == "2" and mention.is_backfill
    source.refresh_from_db()
    assert source.cursor == "here"


def test_it_closes_the_gaps_that_it_reaches_back_over(source: Source, script: Script, now: datetime) -> None:
    Source.objects.filter(pk=source.pk).update(last_post_at=now)
    gap = Gap.objects.create(source=source, reason="fault", starts_at=now - 2 * DAY, ends_at=now - DAY)
    assert to_fill(since=now - 2 * DAY, until=now) == [source.pk]
    script.set(
        "one", make_page(make_post("1", posted_at=now - 3 * DAY), make_post("2", posted_at=now - 1.5 * DAY))
    )
    assert backfill(source.pk, since=now - 2 * DAY, until=now, now=now) == 1
    gap.refresh_from_db()
    assert gap.filled_at == now
    assert to_fill(since=now - 2 * DAY, until=now) == []


def test_gaps_of_other_days_lost_ones_and_those_of_paused_sources_are_left(
    source: Source, now: datetime
) -> None:
    paused = make_source(now=now, slug="paused", network="demo_x", state="paused")
    Gap.objects.create(source=source, reason="fault", starts_at=now - 9 * DAY, ends_at=now - 8 * DAY)
    Gap.objects.create(source=source, reason="fault", starts_at=now - 2 * DAY, ends_at=now, lost=True)
    Gap.objects.create(source=paused, reason="pause", starts_at=now - 2 * DAY)
    assert to_fill(since=now - 2 * DAY, until=now) == []


def test_a_list_that_never_moves_on_ends(source: Source, script: Script, now: datetime) -> None:
    script.set("one", make_page(cursor="", more=True))
    assert backfill(source.pk, since=now - DAY, until=now, now=now) == 0


def test_without_a_call_left_it_waits(
    source: Source, script: Script, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    script.set("one")
    monkeypatch.setattr(backfilling.budgets, "take", lambda key, *, now: now + DAY)
    with pytest.raises(RateLimited):
        backfill(source.pk, since=now - DAY, until=now, now=now)


def test_a_name_that_no_source_has_is_refused(now: datetime) -> None:
    make_source(now=now, slug="import", network="file")
    for slug in ("nobody", "import"):
        with pytest.raises(InputError, match="kulanz sources"):
            source_named(slug)
