from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from listeners.models import Author
from responders import hiding
from responders.bots import Signs, score, signs_of
from responders.models import AuditEntry, Case, CaseMention, Customer
from tests.factories import make_agent, make_author
from tests.responders.answers import done
from tests.responders.copies import post, posted, work

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
NOBODY = Signs(
    age=DAY,
    followers=0,
    digits=8,
    has_name=False,
    posts_in_hour=1,
    same_in_day=1,
    others_with_text=0,
)
"""Somebody who has just made an account to complain."""
UNKNOWN = replace(NOBODY, age=None, followers=None, digits=0, has_name=True)
SIGNS = st.builds(
    Signs,
    age=st.none() | st.timedeltas(timedelta(days=-1), timedelta(days=4000)),
    followers=st.none() | st.integers(0, 10**7),
    digits=st.integers(0, 20),
    has_name=st.booleans(),
    posts_in_hour=st.integers(0, 500),
    same_in_day=st.integers(0, 500),
    others_with_text=st.integers(0, 10**5),
)


@given(SIGNS)
def test_a_score_is_the_sum_of_its_reasons_between_0_and_100(signs: Signs) -> None:
    found = score(signs)
    assert found.points == min(sum(reason.points for reason in found.reasons), 100)
    assert all(reason.points > 0 and reason.words for reason in found.reasons)


@given(SIGNS)
def test_what_is_unknown_weighs_nothing_and_more_noise_never_weighs_less(signs: Signs) -> None:
    unknown = score(replace(signs, age=None, followers=None))
    assert unknown.points <= score(signs).points
    louder = replace(signs, posts_in_hour=signs.posts_in_hour + 6, same_in_day=signs.same_in_day + 3)
    assert score(louder).points >= score(signs).points


@given(SIGNS)
def test_nobody_comes_near_being_hidden_for_what_their_account_is(signs: Signs) -> None:
    quiet = replace(signs, posts_in_hour=1, same_in_day=1, others_with_text=0)
    assert score(quiet).points <= 40


def test_an_account_of_which_nothing_is_known_has_no_points() -> None:
    assert score(UNKNOWN).points == 0


def test_the_reasons_are_told_in_both_languages() -> None:
    signs = replace(NOBODY, posts_in_hour=14, same_in_day=9, others_with_text=41)
    with translation.override("en"):
        english = [f"{reason.words} +{reason.points}" for reason in score(signs).reasons]
    assert english == [
        "posted this text 9 times within a day +30",
        "14 posts about us within an hour +30",
        "the account is 1 day old +20",
        "41 other accounts posted the same +20",
        "8 digits in its handle +10",
        "0 followers +5",
        "no name besides the handle +5",
    ]
    with translation.override("de"):
        german = [reason.words for reason in score(signs).reasons]
    assert german[:3] == [
        "hat diesen Text an einem Tag 9-mal geschrieben",
        "14 Beiträge über uns in einer Stunde",
        "das Konto ist 1 Tag alt",
    ]


def fresh(now: datetime, **columns: Any) -> Author:
    """An account that looks as bots look."""
    return make_author(
        network="demo_x",
        **{"handle": "lauf82736451", "followers": 0, "joined_at": now - 2 * DAY} | columns,
    )


def flood(now: datetime, author: Author, count: int = 14, **columns: Any) -> Case:
    """One text again and again, a minute apart."""
    text = "Verdiene 500 Euro am Tag von zuhause, schreib mir einfach eine private Nachricht!"
    for number in range(count):
        post(f"{text} {number}", now=now, author=author, posted_at=now - number * HOUR / 60, **columns)
    work(now)
    return Case.objects.get(customer__identities__author=author, state=Case.State.OPEN)


@pytest.mark.django_db
def test_signs_are_read_from_what_listeners_store(now: datetime) -> None:
    case = flood(now, fresh(now, name="Lauf82736451"))
    wording = CaseMention.objects.get(mention=case.latest_mention).wording
    signs = signs_of(case.latest_mention, wording=wording)
    assert signs == replace(NOBODY, age=2 * DAY, posts_in_hour=14, same_in_day=14)
    named = make_author(network="demo_x", name="Jana Weiß", followers=120)
    other = posted("Wo bleibt mein Paket?", now=now, author=named)[0]
    assert score(signs_of(other.latest_mention, wording=None)).points == 0


@pytest.mark.django_db
def test_a_new_account_that_floods_is_hidden_and_stays_open(now: datetime) -> None:
    case = flood(now, fresh(now))
    assert (case.hidden, case.state) == (Case.Hidden.BOT, Case.State.OPEN)


@pytest.mark.django_db
@pytest.mark.parametrize(
    "columns",
    [{"verdict": {"urgency": 3}}, {"count": 1}, {"count": 5}],
    ids=["critical", "one post", "five angry posts"],
)
def test_emergencies_and_new_accounts_that_complain_are_shown(columns: dict[str, Any], now: datetime) -> None:
    assert not flood(now, fresh(now), **columns).hidden


@pytest.mark.django_db
def test_an_old_account_that_floods_is_shown(now: datetime) -> None:
    author = fresh(now, handle="jana", name="Jana Weiß", followers=120, joined_at=now - 900 * DAY)
    assert not flood(now, author).hidden


@pytest.mark.django_db
def test_not_a_bot_is_remembered_for_the_customer_and_audited(now: datetime) -> None:
    author, agent = fresh(now), make_agent()
    case = flood(now, author)
    done(hiding.show_again(case.pk, agent=agent, now=now))
    assert Customer.objects.get(identities__author=author).vouched_at == now
    assert AuditEntry.objects.get(action="shown_again", agent=agent).detail == {"hidden": "bot"}
    Case.objects.update(state=Case.State.RESOLVED, resolved_at=now)
    assert not flood(now, author).hidden
