from __future__ import annotations

from datetime import datetime

import pytest
from django.test import Client

from listeners.models import Author, Mention
from responders import cases
from responders.models import Agent
from tests.factories import make_author
from tests.responders.desk import claimed_case

SCRIPT = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>{{ 7|add:7 }}{% now %}"
RIGHT_TO_LEFT = "\u202eevil\u202c"


@pytest.mark.django_db
def test_hostile_text_is_shown_and_never_run(care: Agent, desk: Client, now: datetime) -> None:
    author = make_author(network="demo_x", handle=SCRIPT, name=SCRIPT, profile_url="https://n.example/a")
    case, _ = claimed_case(
        now=now, agent=care, author=author, text=SCRIPT, can_reply=False, cannot_reply_reason=SCRIPT
    )
    cases.add_note(case.pk, text=SCRIPT, agent=care, now=now)
    for address in (f"/case/{case.pk}", f"/?view=my&q={SCRIPT}", "/?view=open", "/?language=<script>"):
        text = desk.get(address).content.decode()
        assert "<script>" not in text and "<img src=x" not in text
        assert "&lt;script&gt;alert(1)" in text or "q=" in address or "language" in address
        assert "14" not in text.split("7|add:7")[0][-20:]


@pytest.mark.django_db
def test_text_that_runs_backwards_stays_in_its_place(care: Agent, desk: Client, now: datetime) -> None:
    author = make_author(network="demo_x", handle=RIGHT_TO_LEFT)
    case, _ = claimed_case(now=now, agent=care, author=author, text=RIGHT_TO_LEFT)
    text = desk.get(f"/case/{case.pk}").content.decode()
    assert f"<bdi>@{RIGHT_TO_LEFT}</bdi>" in text
    assert f'dir="auto">{RIGHT_TO_LEFT}</p>' in text


@pytest.mark.django_db
def test_a_post_of_a_megabyte_is_cut(care: Agent, desk: Client, now: datetime) -> None:
    case, _ = claimed_case(now=now, agent=care, text="a" * 2**20)
    answer = desk.get(f"/case/{case.pk}")
    assert len(answer.content) < 60 * 1024
    assert "read all of it on the network" in answer.content.decode()


@pytest.mark.django_db
def test_an_address_that_is_none_is_not_linked(care: Agent, desk: Client, now: datetime) -> None:
    case, _ = claimed_case(now=now, agent=care)
    Mention.objects.update(url="javascript:alert(1)")
    Author.objects.update(profile_url="javascript:alert(1)")
    assert "javascript:" not in desk.get(f"/case/{case.pk}").content.decode()
