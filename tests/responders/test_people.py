from __future__ import annotations

import json
import uuid
from datetime import datetime
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.forms.models import model_to_dict

from listeners.contract import Page, Person, Post
from listeners.intake import store
from listeners.models import Author, Media, Mention
from responders import audit, cases, goodwill, outbox, people
from responders.models import Agent, Allowance, Case, Customer, Identity
from sentiment.models import Assessment
from tests.factories import make_agent, make_author
from tests.responders.answers import done, refused
from tests.responders.desk import claimed_case

SECRETS = ("Jana", "jana", "Knie", "Beleg", "Steckbrief", "Rückruf", "Kulanzgrund")
pytestmark = pytest.mark.django_db


def lived(now: datetime) -> tuple[Case, Agent]:
    """A case with everything in it that a person can leave behind."""
    author = make_author(
        network="demo_x",
        handle="jana",
        name="Jana Weiß",
        native_id="jana-7",
        profile_url="https://x.example/Steckbrief",
    )
    case, agent = claimed_case(now=now, author=author, text="Mein Knie!", native_id="m1")
    Media.objects.create(mention=case.latest_mention, url="https://x.example/Beleg.jpg")
    done(cases.add_note(case.pk, text="Rückruf zugesagt", agent=agent, now=now))
    done(
        goodwill.propose(
            case.pk, kind="voucher", value=Decimal(20), reason="Kulanzgrund", agent=agent, now=now
        )
    )
    return case, agent


def kept() -> str:
    rows = [row for model in (Author, Customer, Mention, Media) for row in model.objects.all()]
    related = [
        row
        for case in Case.objects.all()
        for row in (*case.notes.all(), *case.offers.all(), *case.replies.all())
    ]
    return str([model_to_dict(row) for row in (*rows, *related)])


def test_an_erased_person_leaves_numbers_and_no_name_text_or_photo(now: datetime) -> None:
    case, agent = lived(now)
    url, key = "https://x.example/jana/1", uuid.uuid4()
    done(outbox.answer_by_hand(case.pk, agent=agent, text="Liebe Jana", url=url, form_key=key, now=now))
    assert all(secret in kept() for secret in SECRETS)
    erased = done(people.erase(case.customer_id, agent=make_agent("lead"), now=now))
    assert erased.erased_at == now
    assert [secret for secret in SECRETS if secret in kept()] == []
    case.refresh_from_db()
    assert case.state == Case.State.RESOLVED
    assert Assessment.objects.count() == 1
    assert Allowance.objects.get(scope="brand").used == 20
    assert audit.inspect().is_sound


def test_the_same_post_fetched_again_does_not_bring_the_person_back(now: datetime) -> None:
    case, _ = lived(now)
    done(people.erase(case.customer_id, agent=None, now=now))
    jana = Person(native_id="jana-7", handle="jana", name="Jana Weiß")
    post = Post(native_id="m1", author=jana, text="Mein Knie!", posted_at=now, edited_at=now)
    store(Page(posts=(post,), cursor="2"), source=case.latest_mention.source, now=now)
    assert "jana" not in kept().lower()


def test_erasing_twice_changes_nothing_and_only_leads_erase(now: datetime) -> None:
    case, agent = lived(now)
    assert refused(people.erase(case.customer_id, agent=agent, now=now)) == "not_lead"
    done(people.erase(case.customer_id, agent=None, now=now))
    done(people.erase(case.customer_id, agent=None, now=now))


def test_nobody_is_erased_while_money_or_an_answer_is_under_way(now: datetime) -> None:
    case, agent = lived(now)
    done(goodwill.propose(case.pk, kind="voucher", value=Decimal(90), reason="", agent=agent, now=now))
    assert refused(people.erase(case.customer_id, agent=None, now=now)) == "offer_open"
    with pytest.raises(CommandError, match="90"):
        call_command("erase", str(case.customer_id), "--yes")
    assert "Jana" in kept()


def test_the_commands_export_and_erase(now: datetime, capsys: pytest.CaptureFixture[str]) -> None:
    case, _ = lived(now)
    call_command("export", str(case.customer_id))
    exported = json.loads(capsys.readouterr().out)
    assert exported["accounts"][0]["author__handle"] == "jana"
    assert exported["posts"][0]["text"] == "Mein Knie!"
    assert exported["notes"][0]["text"] == "Rückruf zugesagt"
    call_command("erase", str(case.customer_id), "--yes")
    assert "is erased" in capsys.readouterr().out
    for command in ("export", "erase"):
        with pytest.raises(CommandError, match="no customer 999"):
            call_command(command, "999")


def test_an_author_of_reddit_is_never_known_as_somebody_elsewhere(now: datetime) -> None:
    on_reddit, on_x, other = (make_author(network=name) for name in ("reddit", "x", "x"))
    alone, elsewhere = (Customer.objects.create(name="Kim", created_at=now) for _ in range(2))
    Identity.objects.create(author=on_reddit, customer=alone)
    Identity.objects.create(author=on_x, customer=elsewhere)
    Identity.objects.create(author=other, customer=elsewhere, basis=Identity.Basis.AGENT)
    with pytest.raises(ValidationError, match="Reddit"):
        Identity.objects.create(author=make_author(network="x"), customer=alone)
    with pytest.raises(ValidationError, match="Reddit"):
        Identity(author=make_author(network="reddit"), customer=elsewhere).save()
