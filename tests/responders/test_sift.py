from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction

from listeners.models import DeadLetter, Mention
from responders import campaigns, cases, claims, hiding
from responders.models import Agent, AuditEntry, Case, CaseMention, Reply, Wording
from responders.refusal import Refusal
from responders.reweigh import reweigh
from responders.route import route
from responders.sift import sift
from sentiment.correct import correct
from sentiment.models import Assessment
from tests.factories import make_agent, make_author
from tests.responders.copies import COPY, LONG_COPY, OUTAGE, post, posted, variants, work

DAY = timedelta(days=1)
pytestmark = pytest.mark.django_db


def hidden() -> int:
    return Case.objects.filter(hidden=Case.Hidden.CAMPAIGN).count()


def test_the_fifth_account_with_the_same_text_makes_a_campaign_of_all_their_cases(now: datetime) -> None:
    posted(*variants(COPY, 4), now=now)
    assert hidden() == 0
    posted(*variants(COPY, 1), now=now + timedelta(hours=1))
    assert hidden() == 5
    wording = Wording.objects.get()
    assert (wording.posts, wording.accounts, wording.many_at) == (5, 5, now + timedelta(hours=1))
    posted(COPY, now=now + timedelta(hours=2))
    assert hidden() == 6


def test_hiding_takes_nothing_from_a_case(now: datetime) -> None:
    before = posted(*variants(COPY, 4), now=now)
    posted(COPY, now=now)
    for case in before:
        after = Case.objects.get(pk=case.pk)
        kept = {name: value for name, value in vars(case).items() if not name.startswith("_")}
        changed = {"hidden", "campaign_id", "changed_at"}
        assert {name for name, value in kept.items() if getattr(after, name) != value} <= changed
        assert after.state == Case.State.OPEN and after.campaign == Wording.objects.get()


def test_a_long_text_may_vary_by_a_few_words(now: datetime) -> None:
    words = LONG_COPY.split()
    posted(*(" ".join([*words[:n], "wirklich", *words[n:]]) for n in (2, 5, 9, 14, 20)), now=now)
    assert Wording.objects.count() == 1
    assert hidden() == 5


def test_one_account_that_repeats_itself_is_no_campaign(now: datetime) -> None:
    author = make_author(network="demo_x")
    for _ in range(12):
        post(now=now, author=author)
    work(now)
    assert hidden() == 0


def test_the_same_text_over_weeks_is_no_campaign(now: datetime) -> None:
    for day in range(8):
        posted(COPY, now=now + day * DAY)
    assert hidden() == 0


def test_a_single_copy_long_after_a_campaign_is_shown(now: datetime) -> None:
    posted(*variants(COPY, 5), now=now)
    assert hidden() == 5
    late = posted(COPY, now=now + 8 * DAY)
    assert late[0].hidden == Case.Hidden.NO


def test_customers_of_one_outage_never_collapse(now: datetime) -> None:
    assert {case.hidden for case in posted(*OUTAGE, now=now, verdict={"urgency": 2})} == {""}
    assert not Wording.objects.exclude(many_at=None).exists()


@pytest.mark.parametrize("text", ["Danke!", "Same here", "App geht nicht, was ist da los?"])
def test_short_texts_are_never_a_campaign(text: str, now: datetime) -> None:
    posted(*[text] * 12, now=now)
    assert hidden() == 0


def test_a_critical_case_is_never_hidden(now: datetime) -> None:
    posted(*variants(COPY, 4), now=now)
    critical = posted(COPY, now=now, verdict={"urgency": 3})[0]
    assert hidden() == 4
    assert (critical.level, critical.hidden) == (Case.Level.CRITICAL, Case.Hidden.NO)


def test_the_database_refuses_to_hide_an_emergency_or_what_somebody_owns(now: datetime) -> None:
    case = posted(COPY, now=now)[0]
    for facts in ({"level": 3}, {"owner": make_agent()}, {"state": "waiting"}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Case.objects.filter(pk=case.pk).update(hidden=Case.Hidden.CAMPAIGN, **facts)


ACTS: dict[str, Callable[[int, Agent, datetime], object]] = {
    "claim": lambda pk, agent, now: claims.take(pk, agent=agent, now=now),
    "assign": lambda pk, agent, now: cases.assign(pk, to=agent, agent=agent, now=now),
    "snooze": lambda pk, agent, now: cases.snooze(pk, until=now + DAY, agent=agent, now=now),
    "note": lambda pk, agent, now: cases.add_note(pk, text="Kenne ich.", agent=agent, now=now),
    "resolve": lambda pk, agent, now: cases.resolve(pk, agent=agent, now=now),
    "show again": lambda pk, agent, now: hiding.show_again(pk, agent=agent, now=now),
}


@pytest.mark.parametrize("act", ACTS.values(), ids=ACTS)
def test_whatever_a_person_does_in_a_hidden_case_brings_it_back_for_good(
    act: Callable[[int, Agent, datetime], object], now: datetime
) -> None:
    case, agent = posted(*variants(COPY, 5), now=now)[0], make_agent()
    assert Case.objects.get(pk=case.pk).hidden
    assert not isinstance(act(case.pk, agent, now), Refusal)
    CaseMention.objects.update(sifted_at=None)
    work(now)
    assert not Case.objects.get(pk=case.pk).hidden
    assert hidden() == 4


def test_a_case_that_was_claimed_and_released_before_is_not_hidden(now: datetime) -> None:
    first, agent = posted(COPY, now=now)[0], make_agent()
    claims.take(first.pk, agent=agent, now=now)
    claims.release(first.pk, agent=agent, now=now)
    posted(*variants(COPY, 5), now=now)
    assert not Case.objects.get(pk=first.pk).hidden
    assert hidden() == 5


def test_a_customer_who_wrote_anything_else_is_shown(now: datetime) -> None:
    author = make_author(network="demo_x")
    post("Meine neuen Schuhe sind nach zwei Wochen durch, ich brauche bitte Ersatz.", now=now, author=author)
    case = posted(COPY, now=now, author=author)[0]
    posted(*variants(COPY, 5), now=now)
    assert not Case.objects.get(pk=case.pk).hidden
    assert hidden() == 5


def test_a_customer_who_praised_us_before_is_shown(now: datetime) -> None:
    author = make_author(network="demo_x")
    thanks = {"urgency": 0, "angry": False, "intent": "thanks", "sentiment": "positive"}
    post("Danke für den tollen Lauf!", now=now, author=author, verdict=thanks)
    case = posted(COPY, now=now, author=author)[0]
    posted(*variants(COPY, 5), now=now)
    assert not Case.objects.get(pk=case.pk).hidden
    assert hidden() == 5


def test_a_customer_who_writes_something_else_later_comes_back_at_once(now: datetime) -> None:
    author = make_author(network="demo_x")
    case = posted(COPY, now=now, author=author)[0]
    posted(*variants(COPY, 4), now=now)
    assert Case.objects.get(pk=case.pk).hidden
    post("Im Ernst, wo bleibt mein Paket?", now=now, author=author)
    while route(now=now):
        pass
    assert not Case.objects.get(pk=case.pk).hidden
    work(now)
    assert not Case.objects.get(pk=case.pk).hidden
    assert hidden() == 4


def test_a_customer_who_edits_the_copy_into_own_words_comes_back(now: datetime) -> None:
    case = posted(*variants(COPY, 5), now=now)[0]
    Mention.objects.filter(pk=case.latest_mention_id).update(text="Hilfe, mein Geld ist weg", routed_at=None)
    work(now)
    assert not Case.objects.get(pk=case.pk).hidden
    assert CaseMention.objects.get(mention=case.latest_mention_id).wording is None


def test_words_that_change_while_they_are_compared_are_compared_again(
    now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = posted(*variants(COPY, 4), now=now)[0]
    CaseMention.objects.filter(case=case).update(sifted_at=None)
    post(COPY, now=now)
    while route(now=now):
        pass
    compare = campaigns.recognise

    def edited_meanwhile(slug: str, text: str, *, now: datetime) -> Wording | None:
        later = now + timedelta(seconds=1)
        changed = Mention.objects.filter(pk=case.latest_mention_id, routed_at__lt=later)
        changed.update(text="Hilfe, mein Geld ist weg", routed_at=later)
        return compare(slug, text, now=now)

    monkeypatch.setattr(campaigns, "recognise", edited_meanwhile)
    work(now)
    assert not Case.objects.get(pk=case.pk).hidden
    assert CaseMention.objects.get(case=case).wording is None
    assert hidden() == 4


def test_a_customer_whom_we_answered_is_shown(now: datetime) -> None:
    author, agent = make_author(network="demo_x"), make_agent()
    old = posted(COPY, now=now, author=author)[0]
    Reply.objects.create(
        case=old,
        mention=old.latest_mention,
        agent=agent,
        text="Hallo!",
        form_key=uuid4(),
        created_at=now,
        next_attempt_at=now,
    )
    Reply.objects.update(state=Reply.State.CANCELLED)
    cases.resolve(old.pk, agent=agent, now=now)
    new = posted(COPY, now=now, author=author)[0]
    posted(*variants(COPY, 5), now=now)
    assert not Case.objects.get(pk=new.pk).hidden


def test_a_hidden_case_that_turns_out_to_be_critical_comes_back(now: datetime) -> None:
    case = posted(*variants(COPY, 5), now=now)[0]
    assessment = Assessment.objects.get(mention=case.latest_mention)
    correct(assessment.pk, agent=make_agent(), head="urgency", value="3", now=now)
    reweigh(case.pk, now=now)
    assert not Case.objects.get(pk=case.pk).hidden


def test_no_campaign_brings_all_back_is_remembered_and_audited(now: datetime) -> None:
    posted(*variants(COPY, 6), now=now)
    agent, wording = make_agent(), Wording.objects.get()
    assert isinstance(campaigns.clear(wording.pk, agent=agent, now=now), Wording)
    assert hidden() == 0
    posted(*variants(COPY, 6), now=now + timedelta(hours=1))
    CaseMention.objects.update(sifted_at=None)
    work(now + timedelta(hours=1))
    assert hidden() == 0
    entry = AuditEntry.objects.get(action="campaign_cleared")
    assert (entry.agent, entry.detail) == (agent, {"wording": wording.pk, "cases": 6})


def test_a_campaign_after_all_hides_again_what_nobody_worked_on(now: datetime) -> None:
    made = posted(*variants(COPY, 6), now=now)
    agent, wording = make_agent(), Wording.objects.get()
    campaigns.clear(wording.pk, agent=agent, now=now)
    claims.take(made[0].pk, agent=agent, now=now)
    campaigns.restore(wording.pk, agent=agent, now=now)
    work(now)
    assert hidden() == 5
    assert AuditEntry.objects.filter(action="campaign_restored", agent=agent).count() == 1


def test_only_the_care_team_of_the_brand_clears_a_campaign(now: datetime) -> None:
    posted(*variants(COPY, 5), now=now)
    wording = Wording.objects.get()
    for agent, code in (
        (make_agent("marketing"), "not_care"),
        (make_agent(brands=["another"]), "other_brand"),
    ):
        for act in (campaigns.clear, campaigns.restore):
            refused = act(wording.pk, agent=agent, now=now)
            assert isinstance(refused, Refusal) and refused.code == code
    assert hidden() == 5


def test_what_is_not_hidden_cannot_be_brought_back(now: datetime) -> None:
    refused = hiding.show_again(posted(COPY, now=now)[0].pk, agent=make_agent(), now=now)
    assert isinstance(refused, Refusal) and refused.code == "not_hidden"


def test_sifting_twice_changes_nothing(now: datetime) -> None:
    posted(*variants(COPY, 5), now=now)
    before = list(Case.objects.values()), list(Wording.objects.values()), list(CaseMention.objects.values())
    assert sift(now=now + DAY) == 0
    assert (
        list(Case.objects.values()),
        list(Wording.objects.values()),
        list(CaseMention.objects.values()),
    ) == before


def test_a_worker_that_starts_again_goes_on_where_the_last_one_ended(now: datetime) -> None:
    for text in variants(COPY, 7):
        post(text, now=now)
    while route(now=now):
        pass
    assert sift(now=now, size=3) == 3
    while sift(now=now, size=3):
        pass
    assert hidden() == 7


def test_a_wording_that_nobody_repeats_is_forgotten_and_a_campaign_is_not(now: datetime) -> None:
    posted(OUTAGE[0], *variants(COPY, 5), now=now)
    assert Wording.objects.count() == 2
    posted("Ein Satz der mit allem anderen gar nichts zu tun hat", now=now + 3 * DAY)
    assert set(Wording.objects.values_list("posts", flat=True)) == {5, 1}
    assert Case.objects.count() == CaseMention.objects.count() == 7


def test_what_is_kept_of_a_text_does_not_read(now: datetime) -> None:
    posted(LONG_COPY, now=now)
    kept = str(list(Wording.objects.values())).casefold()
    assert not any(word in kept for word in ("schuhe", "kindern", "zweihundert"))


def test_a_mention_that_cannot_be_sifted_is_put_aside_and_the_others_go_on(now: datetime) -> None:
    posts = [post(text, now=now) for text in variants(COPY, 6)]
    while route(now=now):
        pass
    Mention.objects.filter(pk=posts[2].pk).update(brand="nobody")
    while sift(now=now):
        pass
    assert hidden() == 5
    letter = DeadLetter.objects.get()
    assert (letter.stage, letter.mention) == ("sift", posts[2])
    assert sift(now=now) == 0


def test_deleted_posts_do_not_count(now: datetime) -> None:
    gone = posted(*variants(COPY, 3), now=now)
    Mention.objects.filter(case_mention__case__in=gone).update(deleted_at=now, text="")
    posted(*variants(COPY, 4), now=now)
    assert hidden() == 0
    assert Wording.objects.get().posts == 4
