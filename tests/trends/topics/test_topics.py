"""The topics stage on real databases: vectors, topics that stay, and what takes them away."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from listeners.models import Mention
from sentiment.vectors import DIMS
from tests.factories import make_author
from tests.trends.topics.posts import PARCEL, SOLE, make_facts, make_matters
from trends.index import index
from trends.models import Fact, Topic, TopicMap, Vector
from trends.topics import draw as drawing
from trends.topics.stage import topics

pytestmark = pytest.mark.django_db


def run(now: datetime) -> int:
    """Run the stage until it finds nothing, as the pipeline does."""
    handled = 0
    while found := topics(now=now):
        handled += found
    return handled


def about(word: str) -> Topic:
    return next(topic for topic in Topic.objects.filter(faded_at=None) if word in topic.phrases)


def test_posts_about_the_same_matter_get_the_same_topic_with_a_name_in_their_language(now: datetime) -> None:
    make_matters(now=now)
    run(now)
    for word, language, said in (("Paket", "de", "Paket"), ("Sohle", "de", "Sohle"), ("app", "en", "app")):
        topic = about(word)
        assert topic.language == language
        assert word in topic.name
        texts = topic.facts.values_list("mention__text", flat=True)
        assert len(texts) >= 10
        assert all(said in text.lower() or said in text for text in texts)


def test_each_mention_has_one_vector_of_two_bytes_a_number(now: datetime) -> None:
    make_facts(PARCEL, now=now)
    assert run(now) == len(PARCEL)
    assert {len(vector.values) for vector in Vector.objects.all()} == {2 * DIMS}
    assert Vector.objects.count() == len(PARCEL)
    assert run(now) == 0


def test_a_few_posts_have_no_topic_yet(now: datetime) -> None:
    make_facts(PARCEL, now=now)
    run(now)
    assert not Topic.objects.exists()
    assert not Fact.objects.filter(topic_at=None).exists()


def test_a_post_about_nothing_of_that_has_no_topic(now: datetime) -> None:
    make_matters(now=now)
    run(now)
    (stray,) = make_facts(["Elefanten trinken abends am Fluss."], now=now)
    run(now)
    stray.refresh_from_db()
    assert stray.topic is None
    assert stray.topic_at == now


def test_a_new_post_is_placed_at_once_without_a_new_map(now: datetime) -> None:
    make_matters(now=now)
    run(now)
    drawn = TopicMap.objects.get().made_at
    (fact,) = make_facts(["Mein Paket steckt fest."], now=now + timedelta(hours=1))
    run(now + timedelta(hours=1))
    fact.refresh_from_db()
    assert fact.topic == about("Paket")
    assert TopicMap.objects.get().made_at == drawn


def test_topics_keep_their_number_and_name_when_the_map_is_drawn_again(now: datetime) -> None:
    make_matters(now=now)
    run(now)
    before = {word: (about(word).pk, about(word).name) for word in ("Paket", "Sohle", "app")}
    later = now + timedelta(hours=1)
    make_matters(now=later, each=20)
    make_facts([f"Der Gutschein {at} wird an der Kasse abgelehnt." for at in range(15)], now=later)
    run(later)
    assert TopicMap.objects.get().made_at == later
    assert {word: (about(word).pk, about(word).name) for word in before} == before
    assert about("Gutschein").found_at == later


def test_a_topic_that_nobody_speaks_of_fades_and_keeps_its_posts(
    now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(drawing, "NEWEST", 60)
    make_matters(now=now)
    run(now)
    sole, count = about("Sohle"), about("Sohle").facts.count()
    later = now + timedelta(days=1)
    make_facts([f"{PARCEL[at % 6]} {at}" for at in range(40)], now=later)
    make_facts([f"Der Gutschein {at} wird an der Kasse abgelehnt." for at in range(40)], now=later)
    run(later)
    sole.refresh_from_db()
    assert sole.faded_at == later
    assert sole.facts.count() == count


def test_a_fact_written_again_keeps_its_topic_and_is_looked_at_again(now: datetime) -> None:
    make_matters(now=now)
    run(now)
    fact = about("Sohle").facts.all()[0]
    assert fact.mention is not None
    fact.mention.assessments.create(
        sentiment="negative",
        urgency=1,
        angry=False,
        intent="problem",
        language="de",
        probabilities={},
        assessed_at=now,
    )
    Mention.objects.filter(pk=fact.mention_id).update(text="Mein Paket ist weg.", indexed_at=None)
    index(now=now)
    again = Fact.objects.get(pk=fact.pk)
    assert (again.topic_id, again.topic_at) == (fact.topic_id, None)
    run(now)
    assert Fact.objects.get(pk=fact.pk).topic == about("Paket")


def test_a_deleted_mention_loses_its_vector(now: datetime) -> None:
    (fact,) = make_facts(SOLE[:1], now=now)
    run(now)
    Mention.objects.filter(pk=fact.mention_id).update(text="", deleted_at=now, indexed_at=None)
    index(now=now)
    assert not Vector.objects.exists()
    assert run(now) == 0


def test_vectors_of_another_model_are_made_anew_and_topics_stay(now: datetime) -> None:
    make_matters(now=now)
    run(now)
    before = set(Topic.objects.values_list("pk", "name"))
    Vector.objects.update(version="older", values=bytes(2 * DIMS))
    TopicMap.objects.update(version="older")
    later = now + timedelta(days=1)
    run(later)
    assert not Vector.objects.filter(version="older").exists()
    assert set(Topic.objects.filter(faded_at=None).values_list("pk", "name")) == before


def test_after_an_import_older_posts_than_the_map_is_drawn_from_are_placed_too(
    now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(drawing, "NEWEST", 48)
    old = make_facts(PARCEL * 5, now=now - timedelta(days=30))
    make_matters(now=now)
    run(now)
    assert Fact.objects.filter(pk__in=[fact.pk for fact in old], topic=about("Paket")).count() == len(old)


def test_two_who_draw_at_once_draw_one_map(now: datetime) -> None:
    make_matters(now=now)
    while Fact.objects.filter(topic_at=None).exists():
        topics(now=now, size=48)
    stale = TopicMap.objects.get()
    run(now)
    names = set(Topic.objects.values_list("pk", flat=True))
    stale.made_at = None
    assert drawing.draw(stale, now=now + timedelta(seconds=1)) == 0
    assert set(Topic.objects.values_list("pk", flat=True)) == names


def test_what_one_person_repeats_or_signs_with_is_no_topic(now: datetime) -> None:
    make_matters(now=now)
    run(now)
    Mention.objects.update(author=make_author())
    TopicMap.objects.update(fresh=1_000)
    topics(now=now + timedelta(hours=1))
    assert not Topic.objects.filter(faded_at=None).exists()


def test_words_of_languages_whose_empty_words_are_unknown_make_no_topic(now: datetime) -> None:
    make_matters(now=now)
    spanish = ["Los zapatos que me han enviado no sirven.", "Dicen que los zapatos llegan, pero no llegan."]
    make_facts(spanish * 8, now=now, language="es")
    run(now)
    assert {topic.language for topic in Topic.objects.all()} == {"de", "en"}
    assert not any("zapatos" in topic.phrases for topic in Topic.objects.all())


def test_facts_from_before_there_were_phases_get_theirs(now: datetime) -> None:
    make_facts(["Das Paket ist seit Tagen verschollen.", "Hallo."], now=now)
    Fact.objects.filter(mention__text="Hallo.").update(intent="other")
    topics(now=now)
    assert list(Fact.objects.order_by("pk").values_list("phase", flat=True)) == ["purchase", "unknown"]


def test_a_mention_that_was_edited_to_nothing_but_a_picture_loses_its_vector(now: datetime) -> None:
    make_facts(["Das Paket ist seit Tagen verschollen."], now=now)
    topics(now=now)
    assert Vector.objects.exists()
    Mention.objects.update(text="📦")
    Fact.objects.update(topic_at=None)
    topics(now=now)
    assert not Vector.objects.exists()
