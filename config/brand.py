"""What a brand file says: who the brand is, when it works, how fast it answers and what it may give."""

from __future__ import annotations

from datetime import time
from decimal import Decimal
from itertools import pairwise
from typing import Annotated, Literal, Self
from zoneinfo import ZoneInfo, available_timezones

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    field_validator,
    model_validator,
)

MOST_TERMS = 100

Money = Annotated[Decimal, Field(ge=0, max_digits=10, decimal_places=2)]
Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
WEEKDAYS: tuple[Weekday, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
OfferKind = Literal["replacement", "voucher", "refund", "instalments", "apology"]


class Section(BaseModel):
    """A part of the file; unknown keys are mistakes and are said so."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Words(Section):
    """One text in both languages of the console."""

    de: str = Field(min_length=1)
    en: str = Field(min_length=1)

    def in_language(self, language: str) -> str:
        """Return the German text for "de…", the English one otherwise."""
        return self.de if language.startswith("de") else self.en


class OpenInterval(Section):
    """Hours on one day in which the team works, from `start` up to `end`; "24:00" is kept as time.max."""

    start: time
    end: time

    @model_validator(mode="after")
    def ends_after_its_start(self) -> Self:
        """Refuse intervals that run backwards; a night shift is written as two days."""
        if self.end <= self.start:
            raise ValueError("ends before it starts; write a shift over midnight as two days")
        return self


def _interval(value: object) -> object:
    if isinstance(value, str) and value.count("-") == 1:
        start, end = (part.strip() for part in value.split("-"))
        return {"start": start, "end": time.max if end == "24:00" else end}
    return value


Interval = Annotated[OpenInterval, BeforeValidator(_interval)]


class Holidays(Section):
    """Public holidays by ISO country and state code, as the `holidays` library knows them."""

    country: str = Field(pattern="^[A-Z]{2}$")
    state: str | None = None


class Promise(Section):
    """Minutes of business time within which a case of each level gets its first answer."""

    critical: int = Field(gt=0)
    high: int = Field(gt=0)
    normal: int = Field(gt=0)
    none: int = Field(gt=0)


class Routing(Section):
    """Which mentions become cases and how their priority adds up, in points."""

    case_from_urgency: int = Field(default=1, ge=0, le=3)
    case_when_angry: bool = True
    claim_minutes: int = Field(default=10, gt=0)
    undo_seconds: int = Field(default=10, ge=0)
    warn_minutes: int = Field(default=15, ge=0, le=1440)
    """How long before its deadline people are told of a case that waits for us."""
    points_urgency: float = Field(default=20, ge=0)
    """Points for each step of the expected urgency, 0 to 3."""
    points_anger: float = Field(default=15, ge=0)
    points_reach: float = Field(default=5, ge=0)
    """Points for each tenfold of followers above a thousand."""
    points_returning: float = Field(default=5, ge=0)
    """Points for each earlier case of the customer within 90 days, three at most."""
    minutes_a_point: float = Field(default=6, gt=0)
    """Minutes of waiting that weigh as much as one point."""
    campaign_accounts: int = Field(default=5, ge=3)
    """How many accounts must post the same text within a day for their cases to become one line."""
    bot_points: int = Field(default=80, ge=50, le=101)
    """From how many points of the bot score on a case is hidden; 101 hides none."""


class QuietHours(Section):
    """A stretch of each day, by the brand's clock; it may pass midnight."""

    start: time
    end: time

    @model_validator(mode="after")
    def has_a_length(self) -> Self:
        """Refuse a stretch that begins where it ends."""
        if self.end == self.start:
            raise ValueError("begins when it ends; leave it out for no quiet hours")
        return self


class Alerts(Section):
    """When people hear of incidents."""

    quiet: Annotated[QuietHours, BeforeValidator(_interval)] | None = None
    """What begins in these hours is told when they are over."""
    urgent_anyway: bool = True
    """Whether incidents of urgent posts are told in quiet hours too."""


class Digest(Section):
    """When the weekly digest goes out, by the brand's clock."""

    weekday: Weekday = "mon"
    at: time = time(8)


class UrgencyCosts(Section):
    """What the model's mistakes about urgency cost this brand; only how they compare to each other counts.

    With `missed_high: 4` and `false_alarm: 1`, four calm posts among the urgent ones are as bad as one urgent
    post among the calm ones, so a post is shown as high from a chance of one fifth.
    """

    missed_critical: int = Field(default=6, ge=1, le=1000)
    """A critical post that is shown as high at most."""
    missed_high: int = Field(default=5, ge=1, le=1000)
    """A post that needs a person now (high or critical) and is shown as normal at most."""
    missed_normal: int = Field(default=2, ge=1, le=1000)
    """A post that needs an answer and is shown as none."""
    false_alarm: int = Field(default=2, ge=1, le=1000)
    """Each level that a post is shown too high."""


class Offer(Section):
    """One thing that may be offered as goodwill."""

    kind: OfferKind
    label: Words
    agent_limit: Money
    """Value up to which an agent grants alone; above it the lead approves."""
    maximum: Money
    """Value that nobody may exceed."""
    default: Money = Decimal(0)
    """Value that the form suggests."""
    needs_evidence: bool = False
    text: Words | None = None
    """Sentence put into the reply when the offer is granted; `{value}` stands for the amount."""

    @model_validator(mode="after")
    def limits_are_ordered(self) -> Self:
        """Refuse an agent's limit or a default above the maximum."""
        if not max(self.agent_limit, self.default) <= self.maximum:
            raise ValueError("agent_limit and default must not exceed maximum")
        return self


class Goodwill(Section):
    """Limits of what may be given away in a calendar month, in the brand's currency."""

    budget: Money
    per_customer: Money
    per_agent: Money
    offers: list[Offer] = Field(min_length=1)

    @field_validator("offers")
    @classmethod
    def one_offer_a_kind(cls, offers: list[Offer]) -> list[Offer]:
        """Refuse two offers of one kind."""
        if len({offer.kind for offer in offers}) < len(offers):
            raise ValueError("each kind may be listed once")
        return offers

    def offer(self, kind: str) -> Offer | None:
        """Return the offer of that kind, None where the brand does not make it."""
        return next((offer for offer in self.offers if offer.kind == kind), None)


class Voice(Section):
    """How the brand speaks to customers."""

    address: Literal["du", "sie"] = "sie"
    signature: str = "^{initials}"
    """Put below each reply; `{name}` and `{initials}` stand for the agent."""


def _term(text: str) -> str:
    if sum(character.isalnum() for character in text) < 2:
        raise ValueError("needs two letters or digits at least")
    return text


Term = Annotated[str, Field(max_length=60), AfterValidator(_term)]


class Brand(Section):
    """One brand file, validated; `slug` is the file's name."""

    slug: str = Field(pattern=r"^[a-z0-9][a-z0-9-]{0,49}$")
    name: str = Field(min_length=1)
    handles: list[str] = Field(min_length=1)
    """The brand's own accounts; their posts are never queued."""
    keywords: list[str] = []
    """A mention found by search must contain one of these or a handle; empty keeps all."""
    excluded: list[str] = []
    """A mention that contains one of these words is not about the brand."""
    terms: list[Term] = Field(default=[], max_length=MOST_TERMS)
    """Words or phrases that mean something else in the brand's world; the model reads a bare name there."""
    languages: list[Literal["de", "en"]] = Field(default=["de", "en"], min_length=1)
    timezone: str = "Europe/Berlin"
    currency: str = Field(default="EUR", pattern="^[A-Z]{3}$")
    hours: dict[Weekday, list[Interval]]
    holidays: Holidays | None = None
    first_response: Promise
    routing: Routing = Routing()
    urgency_costs: UrgencyCosts = UrgencyCosts()
    alerts: Alerts = Alerts()
    digest: Digest = Digest()
    goodwill: Goodwill
    voice: Voice = Voice()
    hash_handles: bool = False
    """Whether the copy in Elasticsearch holds hashes instead of the names of accounts."""

    @field_validator("timezone")
    @classmethod
    def timezone_exists(cls, name: str) -> str:
        """Refuse names that the time zone database lacks."""
        if name not in available_timezones():
            raise ValueError("is not a time zone; write for example Europe/Berlin")
        return name

    @field_validator("hours")
    @classmethod
    def intervals_are_apart(cls, hours: dict[Weekday, list[Interval]]) -> dict[Weekday, list[Interval]]:
        """Refuse a week without hours, and intervals of one day that overlap or are out of order."""
        if not any(hours.values()):
            raise ValueError("names no hour in the week, so no deadline could ever come")
        for day, intervals in hours.items():
            for before, after in pairwise(intervals):
                if after.start < before.end:
                    raise ValueError(f"{day}: write the intervals in order and without overlap")
        return hours

    @property
    def zone(self) -> ZoneInfo:
        """The time zone as an object."""
        return ZoneInfo(self.timezone)

    def is_own(self, handle: str) -> bool:
        """Tell whether `handle` is one of the brand's own accounts."""
        return handle.lstrip("@").casefold() in {own.lstrip("@").casefold() for own in self.handles}
