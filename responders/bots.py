"""How much an account looks like a bot: points from 0 to 100, as a sum of reasons that anybody can read."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from listeners.models import Author, Mention
from responders.campaigns import is_campaign
from responders.models import CaseMention, Wording

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
YOUNG, FRESH = timedelta(days=30), timedelta(days=7)
FEW_FOLLOWERS = 3
MANY_DIGITS = 5
MOST = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Signs:
    """What is known of an account when it posts; None is unknown and weighs nothing."""

    age: timedelta | None
    followers: int | None
    digits: int
    """Digits in the handle."""
    has_name: bool
    """Whether it goes by another name than its handle."""
    posts_in_hour: int
    same_in_day: int
    """How often it posted the newest text."""
    others_with_text: int
    """How many other accounts of a campaign posted that text."""


@dataclass(frozen=True, slots=True)
class Reason:
    """One sign, its points, and the sign in words of the reader's language."""

    points: int
    words: str


@dataclass(frozen=True, slots=True)
class Score:
    """The sum, 100 at most, and its reasons, the weightiest first."""

    points: int
    reasons: tuple[Reason, ...]


def score(signs: Signs) -> Score:
    """Weigh what is known.

    What an account is weighs 40 points together, so that nobody is hidden for being new; only with what it
    does can it come to more.
    """
    reasons = sorted((*_being(signs), *_doing(signs)), key=lambda reason: -reason.points)
    return Score(min(sum(reason.points for reason in reasons), MOST), tuple(reasons))


def _being(signs: Signs) -> Iterator[Reason]:
    if signs.age is not None and signs.age < YOUNG:
        days = max(signs.age.days, 0)
        words = ngettext("the account is %(n)d day old", "the account is %(n)d days old", days) % {"n": days}
        yield Reason(20 if signs.age < FRESH else 10, words)
    if signs.followers is not None and signs.followers < FEW_FOLLOWERS:
        words = ngettext("%(n)d follower", "%(n)d followers", signs.followers) % {"n": signs.followers}
        yield Reason(5, words)
    if signs.digits >= MANY_DIGITS:
        yield Reason(10, _("%(n)d digits in its handle") % {"n": signs.digits})
    if not signs.has_name:
        yield Reason(5, _("no name besides the handle"))


def _doing(signs: Signs) -> Iterator[Reason]:
    if signs.same_in_day >= 3:
        words = _("posted this text %(n)d times within a day") % {"n": signs.same_in_day}
        yield Reason(30 if signs.same_in_day >= 6 else 10, words)
    if signs.posts_in_hour >= 6:
        words = _("%(n)d posts about us within an hour") % {"n": signs.posts_in_hour}
        yield Reason(30 if signs.posts_in_hour >= 12 else 10, words)
    if signs.others_with_text:
        words = ngettext(
            "%(n)d other account posted the same",
            "%(n)d other accounts posted the same",
            signs.others_with_text,
        )
        yield Reason(20, words % {"n": signs.others_with_text})


def signs_of(mention: Mention, *, wording: Wording | None) -> Signs:
    """Read what is known of a mention's author at the time of the mention; `wording` is that of its text."""
    author = mention.author
    return Signs(
        age=_age(author, mention.posted_at),
        followers=author.followers,
        digits=sum(sign.isdigit() for sign in author.handle),
        has_name=_name(author) not in {"", author.handle.casefold().lstrip("@")},
        posts_in_hour=_posts(mention, HOUR),
        same_in_day=_same(mention, wording) if wording else 0,
        others_with_text=max(wording.accounts - 1, 0) if wording and is_campaign(wording) else 0,
    )


def _age(author: Author, at: datetime) -> timedelta | None:
    return at - author.joined_at if author.joined_at else None


def _name(author: Author) -> str:
    return author.name.strip().casefold().lstrip("@")


def _posts(mention: Mention, within: timedelta) -> int:
    posts = Mention.objects.filter(author=mention.author_id, brand=mention.brand, deleted_at=None)
    since = mention.posted_at - within
    return posts.filter(posted_at__gt=since, posted_at__lte=mention.posted_at).count()


def _same(mention: Mention, wording: Wording) -> int:
    links = CaseMention.objects.filter(wording=wording, mention__author=mention.author_id)
    since = mention.posted_at - DAY
    return links.filter(mention__posted_at__gt=since, mention__posted_at__lte=mention.posted_at).count()
