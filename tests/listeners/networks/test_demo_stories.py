"""The invented posts themselves: complete, varied, and short enough for where they are posted."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest
from PIL import Image

from listeners.exceptions import InputError
from listeners.networks.demo.handler import PHOTOS
from listeners.networks.demo.items import PHOTO_ALTS
from listeners.networks.demo.script import Answer, Entry, Script, is_brand, read_script

COPIED = re.compile("NUR HEUTE|Kopiert diesen Text")
LONGEST = {"x": 280, "mastodon": 500, "play": 500}


@pytest.fixture(scope="module")
def script() -> Script:
    return read_script()


def answers(entry: Entry) -> list[Answer]:
    found = entry.answers
    return [one for one in (found.photo, found.goodwill, found.other, found.ignored) if one] if found else []


def test_there_are_about_300_posts_and_some_40_of_them_stand_there_at_the_start(script: Script) -> None:
    assert 290 <= len(script.posts) <= 330
    assert 35 <= sum(entry.at < 0 for entry in script.posts.values()) <= 50
    assert max(entry.at for entry in script.posts.values()) <= 720


def test_some_answer_the_brand_and_some_each_other_so_that_there_is_context_to_show(script: Script) -> None:
    answered = [script.posts[entry.to] for entry in script.posts.values() if entry.to]
    ours = sum(is_brand(script.people[entry.by], entry.by) for entry in answered)
    assert ours >= 5 and len(answered) - ours >= 5


def test_every_network_gets_its_share(script: Script) -> None:
    shares = Counter(script.people[entry.by].network for entry in script.posts.values())
    assert set(shares) == {"facebook", "instagram", "x", "mastodon", "play"}
    assert min(shares.values()) >= 20


def test_no_text_is_used_twice_except_by_spammers_and_those_who_copy(script: Script) -> None:
    texts = Counter(
        text
        for entry in script.posts.values()
        for text in {entry.text, *(answer.text for answer in answers(entry))}
    )
    assert [text for text, count in texts.items() if count > 1 and not COPIED.search(text)] == []


def test_no_text_is_longer_than_its_network_allows(script: Script) -> None:
    for name, entry in script.posts.items():
        longest = LONGEST.get(script.people[entry.by].network, 5000)
        for text in [entry.text, *(answer.text for answer in answers(entry))]:
            assert len(text) <= longest, name


def test_only_reviews_have_stars_and_every_review_has(script: Script) -> None:
    for name, entry in script.posts.items():
        assert (entry.rating is not None) == (script.people[entry.by].network == "play"), name


def test_every_photo_that_is_sent_exists_small_and_described_and_every_one_is_sent(script: Script) -> None:
    entries = list(script.posts.values())
    sent = {entry.photo for entry in entries} | {one.photo for entry in entries for one in answers(entry)}
    sent -= {""}
    assert sent == set(PHOTO_ALTS) == {path.stem for path in PHOTOS.glob("*.jpg")}
    for name in sent:
        path = PHOTOS / f"{name}.jpg"
        assert path.stat().st_size <= 40_000
        with Image.open(path) as picture:
            assert picture.size == (960, 720)


def test_many_customers_react_and_some_lose_patience(script: Script) -> None:
    assert sum(bool(answers(entry)) for entry in script.posts.values()) >= 100
    assert sum(bool(entry.answers and entry.answers.ignored) for entry in script.posts.values()) >= 25
    assert any(entry.edit for entry in script.posts.values())
    assert any(entry.delete_after is not None for entry in script.posts.values())


@pytest.mark.parametrize(
    ("story", "complaint"),
    [
        ("about: x\npeople: {}\nposts: [{by: nobody, at: 0, text: hi}]", "nobody is called 'nobody'"),
        ("about: x\npeople: {a: {network: x}}\nposts: [{by: a, at: 0, text: hi, to: lost}]", "'lost'"),
        (
            "about: x\npeople: {a: {network: x}}\nposts: [{id: p, by: a, at: 0, text: x, message: y, to: p}]",
            "a message answers no post",
        ),
        ("about: x\npeople: {a: {network: myspace}}\nposts: []", "one.yaml"),
        ("about: [", "one.yaml"),
        (
            "about: x\npeople: {a: {network: x}}\nposts: [&p {id: p, by: a, at: 0, text: hi}, *p]",
            "used twice",
        ),
    ],
)
def test_a_wrong_story_is_refused_by_name(tmp_path: Path, story: str, complaint: str) -> None:
    (tmp_path / "one.yaml").write_text(story)
    with pytest.raises(InputError, match=complaint):
        read_script(tmp_path)
