"""Decides which case a mention belongs to, and opens one where it is worth a person's time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from django.db.models import DateTimeField, Value
from django.db.models.functions import Coalesce

from config.brand import Routing
from config.brand_files import brand
from listeners.models import Author, Mention
from responders import waiting
from responders.models import Case, CaseMention, Customer, Identity
from responders.priority import HISTORY, Priority, weigh
from sentiment.models import Assessment, Intent

Matter = tuple[str, int]
"""A brand and a customer: they have one open case at most."""
COLUMNS = ("network", "language", "latest_mention", "level", "parts", "base_points", *waiting.COLUMNS)
"""What another mention changes in a case."""
COURTESIES = (Intent.THANKS, Intent.OTHER)


def file(mentions: Sequence[Mention], *, now: datetime) -> None:
    """Put the mentions into open or new cases and mark them as routed; their authors must be locked."""
    wanted = sorted(filter(_is_for_us, mentions), key=lambda mention: (mention.posted_at, mention.pk))
    verdicts = _verdicts(wanted)
    for mention in wanted:
        if mention.pk not in verdicts:
            raise LookupError(f"mention {mention.pk} is marked as assessed but has no assessment")
    worth = {mention.pk for mention in wanted if is_worth_a_case(mention, verdicts[mention.pk])}
    customers = _customers(wanted, worth, now)
    book = _Book(customers.values(), now)
    filed_before = _filed_before(wanted)
    for mention in wanted:
        matter = (mention.brand, customers.get(mention.author_id, 0))
        if mention.pk in filed_before and not book.holds(matter, filed_before[mention.pk]):
            continue
        if matter in book.open or mention.pk in worth:
            book.enter(matter, mention, verdicts[mention.pk])
    book.save()
    filed = [mention.pk for mention, _ in book.entries]
    Mention.objects.filter(pk__in=filed).update(
        routed_at=now, queued_at=Coalesce("queued_at", Value(now, DateTimeField()))
    )
    # What was filed before and comes again has other words now.
    CaseMention.objects.filter(mention__in=filed_before).update(sifted_at=None, wording=None)
    rest = {mention.pk for mention in mentions}.difference(filed)
    Mention.objects.filter(pk__in=rest).update(routed_at=now)


class _Book:
    """The open cases of some customers, and what a batch of mentions makes of them."""

    def __init__(self, customer_ids: Iterable[int], now: datetime) -> None:
        self.now = now
        self.entries: list[tuple[Mention, Case]] = []
        ids = set(customer_ids)
        cases = Case.objects.filter(customer_id__in=ids).exclude(state=Case.State.RESOLVED)
        cases = cases.select_related("latest_mention").order_by("pk").select_for_update(of=("self",))
        self.open: dict[Matter, Case] = {(case.brand, case.customer_id): case for case in cases}
        closed = Case.objects.filter(customer_id__in=ids, state=Case.State.RESOLVED)
        recent = closed.filter(opened_at__gt=now - HISTORY)
        self._earlier = Counter(recent.values_list("brand", "customer_id"))

    def holds(self, matter: Matter, case_id: int) -> bool:
        """Tell whether that case is the matter's open one."""
        case = self.open.get(matter)
        return case is not None and case.pk == case_id

    def enter(self, matter: Matter, mention: Mention, verdict: Assessment) -> None:
        """Put one mention into the matter's case."""
        case = self.open.get(matter)
        priority = weigh(
            verdict,
            followers=mention.author.followers,
            earlier_cases=self._earlier[matter],
            routing=brand(mention.brand).routing,
        )
        if case is None:
            case = self.open[matter] = _opened(matter, mention, priority, self.now)
        else:
            _joined(case, mention, priority, self.now)
        if case.latest_mention_id == mention.pk:
            case.language, case.network = verdict.language, mention.network
        self.entries.append((mention, case))

    def save(self) -> None:
        """Write the cases, and which mention is in which."""
        touched = {id(case): case for _, case in self.entries}.values()
        # One statement for all: these rows exist and are locked, so the insert always becomes an update.
        Case.objects.bulk_create(
            [case for case in touched if case.pk is not None],
            update_conflicts=True,
            unique_fields=["id"],
            update_fields=COLUMNS,
        )
        Case.objects.bulk_create([case for case in touched if case.pk is None])
        CaseMention.objects.bulk_create(
            [CaseMention(case=case, mention=mention, added_at=self.now) for mention, case in self.entries],
            ignore_conflicts=True,
        )


def _filed_before(mentions: Iterable[Mention]) -> dict[int, int]:
    """Return the case of each mention that was filed before it was edited."""
    links = CaseMention.objects.filter(mention__in=[mention.pk for mention in mentions])
    return dict(links.values_list("mention_id", "case_id"))


def _is_for_us(mention: Mention) -> bool:
    is_named_as_we = brand(mention.brand).is_own(mention.author.handle)
    return mention.deleted_at is None and not (is_named_as_we and mention.kind != Mention.Kind.REVIEW)


def is_worth_a_case(mention: Mention, verdict: Assessment) -> bool:
    """Tell whether a mention alone is worth a person's time, by the brand's thresholds."""
    routing: Routing = brand(mention.brand).routing
    if verdict.angry and routing.case_when_angry:
        return True
    if verdict.urgency == 0 and verdict.intent in COURTESIES:
        return False
    return verdict.urgency >= routing.case_from_urgency


def _verdicts(mentions: Iterable[Mention]) -> Mapping[int, Assessment]:
    """Return the assessment in force of each mention, by the mention's id."""
    found = Assessment.objects.filter(mention__in=[mention.pk for mention in mentions])
    return {assessment.mention_id: assessment for assessment in found.order_by("assessed_at", "pk")}


def _customers(mentions: Iterable[Mention], worth: set[int], now: datetime) -> dict[int, int]:
    """Return the customer of each author, by ids; people whose mention is worth a case become customers."""
    authors = {mention.author_id: mention.author for mention in mentions}
    known = dict(Identity.objects.filter(author__in=authors).values_list("author_id", "customer_id"))
    new = {mention.author_id for mention in mentions if mention.pk in worth}.difference(known)
    return known | _welcomed([authors[author] for author in sorted(new)], now)


def _welcomed(authors: Sequence[Author], now: datetime) -> dict[int, int]:
    customers = Customer.objects.bulk_create(
        [Customer(name=author.name or author.handle, created_at=now) for author in authors]
    )
    pairs = list(zip(authors, customers, strict=True))
    Identity.objects.bulk_create([Identity(author=author, customer=customer) for author, customer in pairs])
    return {author.pk: customer.pk for author, customer in pairs}


def _opened(matter: Matter, mention: Mention, priority: Priority, now: datetime) -> Case:
    case = Case(
        brand=matter[0], customer_id=matter[1], network=mention.network, latest_mention=mention, opened_at=now
    )
    _weighed(case, priority)
    waiting.ours(case, since=mention.posted_at, counted=waiting.counted_from(mention), now=now)
    return case


def _joined(case: Case, mention: Mention, priority: Priority, now: datetime) -> None:
    """Add a mention to an open case; while it is our turn, the older and the graver of both count."""
    since, counted = mention.posted_at, waiting.counted_from(mention)
    if case.due_at is None:
        _weighed(case, priority)
    else:
        since = min(since, case.waiting_since)
        counted = min(counted, case.rank_at + waiting.weight(brand(case.brand), case.base_points))
        if (priority.level, priority.base_points) > (case.level, case.base_points):
            _weighed(case, priority)
    if (mention.posted_at, mention.pk) > (case.latest_mention.posted_at, case.latest_mention_id):
        case.latest_mention = mention
    waiting.ours(case, since=since, counted=counted, now=now)


def _weighed(case: Case, priority: Priority) -> None:
    case.level, case.parts, case.base_points = priority.level, priority.as_json(), priority.base_points
