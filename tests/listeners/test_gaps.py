from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from listeners import listen as listening
from listeners.contract import Page
from listeners.exceptions import AuthFault, Unavailable
from listeners.listen import listen
from listeners.models import Gap, Mention, Source
from listeners.sources import set_state
from tests.factories import make_source
from tests.listeners.posts import make_page, make_post
from tests.listeners.test_listen import Script, Scripted

pytestmark = pytest.mark.django_db
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


class Forgetful(Scripted):
    """A network that promises nothing about what was not read yet."""

    keeps = None


@pytest.fixture
def script(monkeypatch: pytest.MonkeyPatch) -> Script:
    script = Script()
    monkeypatch.setattr(listening, "open_network", script.open)
    monkeypatch.setattr("listeners.gaps.NETWORKS", {"demo_x": Forgetful})
    return script


@pytest.fixture
def source(now: datetime) -> Source:
    """A source that was heard a moment ago, whose newest post is ten minutes old."""
    return make_source(
        now=now,
        slug="one",
        network="demo_x",
        next_fetch_at=now,
        last_success_at=now,
        last_post_at=now - 10 * MINUTE,
    )


def stretches() -> list[tuple[datetime, datetime | None, str]]:
    """The gaps, oldest first, and what became of each."""
    return [
        (gap.starts_at, gap.ends_at, "lost" if gap.lost else "filled" if gap.filled_at else "open")
        for gap in Gap.objects.order_by("starts_at")
    ]


def hear(script: Script, page: Page | BaseException, *, now: datetime) -> None:
    Source.objects.filter(state=Source.State.ACTIVE).update(next_fetch_at=now)
    script.set("one", page)
    listen(now=now)


def test_a_worker_that_was_away_for_29_minutes_leaves_a_gap(
    source: Source, script: Script, now: datetime
) -> None:
    hear(script, make_page(make_post(posted_at=now + 29 * MINUTE)), now=now + 29 * MINUTE)
    gap = Gap.objects.get()
    assert (gap.starts_at, gap.ends_at, gap.reason) == (now, now + 29 * MINUTE, "stopped")
    assert gap.filled_at is None


def test_a_round_that_is_a_little_late_is_no_gap(source: Source, script: Script, now: datetime) -> None:
    hear(script, make_page(make_post()), now=now + 2 * MINUTE)
    assert not Gap.objects.exists()


def test_a_source_that_was_never_heard_has_no_gap(source: Source, script: Script, now: datetime) -> None:
    Source.objects.update(last_success_at=None)
    hear(script, make_page(make_post()), now=now + timedelta(days=1))
    assert not Gap.objects.exists()


def test_faults_become_a_gap_once_they_last_longer_than_a_pause_explains(
    source: Source, script: Script, now: datetime
) -> None:
    hear(script, Unavailable("down"), now=now + MINUTE)
    assert not Gap.objects.exists()
    hear(script, Unavailable("down"), now=now + 3 * MINUTE)
    hear(script, Unavailable("down"), now=now + 4 * MINUTE)
    gap = Gap.objects.get()
    assert (gap.starts_at, gap.ends_at, gap.reason) == (now, None, "fault")
    hear(script, make_page(make_post()), now=now + 5 * MINUTE)
    assert Gap.objects.get().ends_at == now + 5 * MINUTE


def test_a_refused_log_in_opens_a_gap_at_once(source: Source, script: Script, now: datetime) -> None:
    hear(script, AuthFault("renew the token"), now=now + MINUTE)
    gap = Gap.objects.get()
    assert (gap.starts_at, gap.ends_at, gap.reason) == (now, None, "login")


def test_a_pause_is_a_gap_from_the_last_page_to_the_next_one(
    source: Source, script: Script, now: datetime
) -> None:
    set_state("one", Source.State.PAUSED, now=now + MINUTE)
    assert Gap.objects.get().ends_at is None
    set_state("one", Source.State.ACTIVE, now=now + 30 * MINUTE)
    hear(script, make_page(make_post()), now=now + 31 * MINUTE)
    gap = Gap.objects.get()
    assert (gap.starts_at, gap.ends_at, gap.reason) == (now, now + 31 * MINUTE, "pause")


def test_a_pause_of_a_moment_leaves_no_gap(source: Source, script: Script, now: datetime) -> None:
    set_state("one", Source.State.PAUSED, now=now + MINUTE)
    set_state("one", Source.State.ACTIVE, now=now + MINUTE)
    hear(script, make_page(make_post()), now=now + MINUTE)
    assert not Gap.objects.exists()


def test_a_paused_webhook_may_have_missed_what_was_sent_meanwhile(now: datetime) -> None:
    make_source(now=now, slug="shop", network="webhook")
    set_state("shop", Source.State.PAUSED, now=now)
    set_state("shop", Source.State.ACTIVE, now=now + 5 * MINUTE)
    gap = Gap.objects.get()
    assert (gap.starts_at, gap.ends_at, gap.filled_at) == (now, now + 5 * MINUTE, None)


def test_a_page_that_holds_something_from_before_the_gap_fills_it(
    source: Source, script: Script, now: datetime
) -> None:
    back = now + 30 * MINUTE
    hear(script, make_page(make_post("new", posted_at=back)), now=back)
    assert Gap.objects.get().filled_at is None
    hear(script, make_page(make_post("old", posted_at=now - MINUTE)), now=back + MINUTE)
    assert Gap.objects.get().filled_at == back + MINUTE


def test_a_gap_is_filled_with_its_last_page_only(source: Source, script: Script, now: datetime) -> None:
    back = now + 30 * MINUTE
    hear(script, make_page(make_post("1", posted_at=now - MINUTE), cursor="a", more=True), now=back)
    gap = Gap.objects.get()
    assert gap.reached and gap.filled_at is None
    hear(script, make_page(make_post("2", posted_at=now + MINUTE), cursor="b"), now=back + MINUTE)
    assert Gap.objects.get().filled_at == back + MINUTE
    assert Mention.objects.get(native_id="2").is_backfill


def test_an_old_post_that_was_edited_or_deleted_does_not_prove_that_nothing_was_missed(
    source: Source, script: Script, now: datetime
) -> None:
    back, long_ago = now + 30 * MINUTE, now - timedelta(days=9)
    edited = make_post("1", posted_at=long_ago, edited_at=back)
    deleted = make_post("2", posted_at=long_ago, deleted=True)
    hear(script, make_page(edited, deleted), now=back)
    assert Gap.objects.get().filled_at is None


def test_an_empty_page_fills_the_gap_of_a_source_that_never_had_a_post_only(
    source: Source, script: Script, now: datetime
) -> None:
    hear(script, make_page(), now=now + 30 * MINUTE)
    assert Gap.objects.get().filled_at is None
    Source.objects.update(last_post_at=None)
    hear(script, make_page(), now=now + 31 * MINUTE)
    assert Gap.objects.get().filled_at == now + 31 * MINUTE


def test_a_network_that_keeps_what_was_not_read_fills_gaps_up_to_that_length(
    source: Source, script: Script, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Forgetful, "keeps", DAY)
    hear(script, make_page(), now=now + DAY)
    assert stretches() == [(now, now + DAY, "filled")]


def test_what_a_network_kept_no_longer_is_lost_and_the_rest_of_the_gap_is_filled(
    source: Source, script: Script, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Forgetful, "keeps", DAY)
    hear(script, make_page(), now=now + 3 * DAY)
    assert stretches() == [(now, now + 2 * DAY, "lost"), (now + 2 * DAY, now + 3 * DAY, "filled")]
    hear(script, make_page(), now=now + 3 * DAY + MINUTE)
    assert len(stretches()) == 2


def test_what_a_network_says_it_no_longer_shows_is_lost_and_the_rest_is_filled_by_its_last_page(
    source: Source, script: Script, now: datetime
) -> None:
    back = now + 9 * DAY
    edge = back - 7 * DAY
    hear(
        script, make_page(make_post("1", posted_at=back), cursor="a", more=True, missed_before=edge), now=back
    )
    assert stretches() == [(now, edge, "lost"), (edge, back, "open")]
    hear(script, make_page(make_post("2", posted_at=back - 6 * DAY), cursor="b"), now=back)
    assert stretches() == [(now, edge, "lost"), (edge, back, "filled")]
    assert Mention.objects.get(native_id="2").is_backfill


def test_a_gap_of_which_a_network_shows_nothing_any_more_is_lost_whole(
    source: Source, script: Script, now: datetime
) -> None:
    back = now + 30 * MINUTE
    hear(script, make_page(make_post(posted_at=back), missed_before=back + MINUTE), now=back)
    hear(script, make_page(make_post("old", posted_at=now - MINUTE), cursor="b"), now=back + MINUTE)
    assert stretches() == [(now, back, "lost")]


def test_a_quiet_source_that_was_heard_all_the_time_missed_nothing_though_its_cursor_became_too_old(
    source: Source, script: Script, now: datetime
) -> None:
    hear(script, make_page(missed_before=now - 7 * DAY), now=now + MINUTE)
    assert stretches() == []


def test_posts_of_a_lost_stretch_that_come_all_the_same_are_marked(
    source: Source, script: Script, now: datetime
) -> None:
    back = now + 90 * MINUTE
    hear(script, make_page(make_post("1", posted_at=back), missed_before=now + 60 * MINUTE), now=back)
    hear(script, make_page(make_post("2", posted_at=now + 10 * MINUTE), cursor="b"), now=back + MINUTE)
    assert Mention.objects.get(native_id="2").is_backfill


def test_posts_that_come_late_through_a_gap_are_marked_and_prompt_ones_are_not(
    source: Source, script: Script, now: datetime
) -> None:
    back = now + 30 * MINUTE
    before, during, prompt = (
        make_post("before", posted_at=now - MINUTE),
        make_post("during", posted_at=now + 10 * MINUTE),
        make_post("prompt", posted_at=back - timedelta(seconds=20)),
    )
    hear(script, make_page(before, during, prompt), now=back)
    assert set(Mention.objects.filter(is_backfill=True).values_list("native_id", flat=True)) == {"during"}


def test_a_page_that_is_stored_twice_leaves_one_gap(source: Source, script: Script, now: datetime) -> None:
    for _ in range(2):
        hear(script, make_page(make_post()), now=now + 30 * MINUTE)
    assert Gap.objects.count() == 1
