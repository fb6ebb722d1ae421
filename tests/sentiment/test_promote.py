from __future__ import annotations

import shutil
from collections.abc import Collection, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from pytest_django.fixtures import Settings
from tokenizers import Tokenizer

from sentiment import champion
from sentiment.classifier import SHIPPED, Classifier
from sentiment.corrected import Judged, frozen
from sentiment.exceptions import ModelError
from sentiment.labels import HEADS
from sentiment.promote import Trial, weigh_up
from sentiment.service import classifier
from sentiment.verdict import Verdict
from tests.sentiment.verdicts import make_verdict


class Reader:
    """A model that knows the frozen set by heart, but says one answer wrong of some texts."""

    def __init__(self, head: str = "intent", *, wrong: Collection[str] = (), says: str = "other") -> None:
        self.head, self.wrong, self.says = head, wrong, says

    def classify(self, texts: Sequence[str], languages: Sequence[str]) -> list[Verdict]:
        known = {post.text: post for post in frozen()}
        return [self._verdict(known[text]) for text in texts]

    def _verdict(self, post: Judged) -> Verdict:
        answers = dict(post.answers) | ({self.head: self.says} if post.text in self.wrong else {})
        return make_verdict(
            sentiment=answers["sentiment"],
            urgency=int(answers["urgency"]),
            angry=answers["angry"] == "1",
            intent=answers["intent"],
        )


def every(number: int) -> set[str]:
    return {post.text for post in frozen()[::number]}


PROBLEMS = [post for post in frozen() if post.answers["intent"] == "problem"][:40]
REST = [post for post in frozen() if post not in PROBLEMS]


def weigh(
    challenger: Reader, former: Reader, *, fixed: Sequence[Judged], recent: Sequence[Judged] = ()
) -> Trial:
    return weigh_up(challenger, former, fixed, recent)  # type: ignore[arg-type]


def trial(challenger: Reader, former: Reader) -> Trial:
    return weigh(challenger, former, fixed=frozen())


def test_a_model_that_is_better_by_more_than_the_noise_may_take_over() -> None:
    found = trial(Reader(), Reader(wrong=every(3)))
    assert found.refusal == ""
    assert found.frozen.mean is not None and found.frozen.mean.is_better
    assert [row.n for row in found.frozen.heads] == [len(frozen())] * len(HEADS)


def test_a_model_that_is_as_good_is_not_better() -> None:
    assert "not better than the champion" in trial(Reader(), Reader()).refusal
    assert "not better than the champion" in trial(Reader(), Reader(wrong={PROBLEMS[0].text})).refusal


def test_one_head_that_is_worse_by_more_than_the_noise_is_enough_to_refuse() -> None:
    found = trial(Reader("sentiment", wrong=every(5), says="neutral"), Reader("intent", wrong=every(2)))
    assert "frozen set: sentiment is worse by more than the noise" in found.refusal


def test_missing_one_more_post_that_needs_a_person_now_is_enough_to_refuse() -> None:
    urgent = next(post.text for post in frozen() if post.answers["urgency"] == "3")
    missing = Reader("urgency", wrong={urgent}, says="1")
    assert "finds fewer posts that need a person now" in trial(missing, Reader(wrong=every(2))).refusal


def test_recent_corrections_can_speak_for_a_model_and_against_it() -> None:
    wrong = Reader(wrong={post.text for post in PROBLEMS})
    assert weigh(Reader(), wrong, fixed=REST, recent=PROBLEMS).refusal == ""
    assert (
        "recent corrections: intent is worse" in weigh(wrong, Reader(), fixed=REST, recent=PROBLEMS).refusal
    )


def test_corrections_do_not_speak_for_a_model_that_is_lower_on_the_frozen_set() -> None:
    wrong = Reader(wrong={post.text for post in PROBLEMS})
    lower = Reader("sentiment", wrong={REST[0].text}, says="neutral")
    assert REST[0].answers["sentiment"] != "neutral"
    assert "not better than the champion" in weigh(lower, wrong, fixed=REST, recent=PROBLEMS).refusal


def test_only_heads_that_people_corrected_are_compared() -> None:
    recent = [replace(post, answers={"urgency": post.answers["urgency"]}) for post in frozen()[:9]]
    found = weigh(Reader(), Reader(), fixed=REST, recent=recent).recent
    assert [(row.name, row.n) for row in found.heads] == [("urgency", 9)]


@pytest.fixture
def own_var(settings: Settings, tmp_path: Path) -> Path:
    """An installation that has promoted nothing yet."""
    settings.ENVIRONMENT = settings.ENVIRONMENT.model_copy(update={"var": tmp_path, "model": None})
    return tmp_path


@pytest.fixture
def worse(tmp_path: Path) -> Path:
    """A model that reads the first words of a post only."""
    folder = tmp_path / "worse"
    shutil.copytree(SHIPPED, folder)
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.enable_truncation(6)
    tokenizer.save(str(folder / "tokenizer.json"))
    return folder


@pytest.mark.django_db
def test_a_worse_model_is_refused_with_the_reason_and_both_tables(
    own_var: Path, worse: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(CommandError, match=r"Refused: frozen set: \w+ is worse by more than the noise"):
        call_command("promote", str(worse))
    shown = capsys.readouterr().out
    assert "frozen set" in shown and "recent corrections" in shown and "worse" in shown
    assert champion.in_service() == str(SHIPPED)


@pytest.mark.django_db
def test_a_better_model_takes_over_at_once_and_the_one_before_can_be_brought_back(
    own_var: Path, worse: Path
) -> None:
    champion.crown(worse)
    before = classifier()
    call_command("promote", str(SHIPPED), "--dry-run")
    assert classifier() is before
    call_command("promote", str(SHIPPED))
    after = classifier()
    assert after is not before and Path(champion.in_service()).parent == own_var / "model"
    call_command("promote", "--back")
    assert champion.content_of(champion.champion()) == champion.content_of(worse)
    call_command("promote", "--back")
    assert champion.content_of(champion.champion()) == champion.content_of(SHIPPED)


def test_only_the_champion_and_the_one_before_are_kept(own_var: Path, worse: Path) -> None:
    first = champion.crown(worse)
    (worse / "tokenizer.json").write_bytes((SHIPPED / "tokenizer.json").read_bytes() + b"\n")
    second = champion.crown(worse)
    third = champion.crown(SHIPPED)
    assert (first.exists(), second.exists(), third.exists()) == (False, True, True)
    assert champion.before() == second


def test_what_a_killed_promotion_left_behind_changes_nothing_and_the_next_one_goes_through(
    own_var: Path, worse: Path
) -> None:
    half = own_var / "model" / f"{champion.content_of(worse)}.half"
    half.mkdir(parents=True)
    (half / "model.onnx").write_bytes(b"half of it")
    assert champion.champion() == SHIPPED
    Classifier.load(champion.crown(worse), threads=1)
    assert not half.exists()


def test_a_challenger_that_is_not_whole_is_refused_and_the_champion_stays(own_var: Path, worse: Path) -> None:
    (worse / "model.onnx").write_bytes(b"no weights")
    with pytest.raises(ModelError, match="is damaged"):
        champion.crown(worse)
    assert champion.champion() == SHIPPED
    with pytest.raises(CommandError, match=r"nowhere/model\.onnx: cannot be read"):
        call_command("promote", "nowhere")


@pytest.mark.parametrize("content", ["", "[]", '{"champion": "../../etc"}', '{"queen": ""}'])
def test_a_damaged_champion_file_is_told_with_the_way_out(own_var: Path, content: str) -> None:
    (own_var / "model").mkdir()
    (own_var / "model" / "champion.json").write_text(content)
    with pytest.raises(ModelError, match=r"champion\.json: is damaged; remove it"):
        champion.in_service()


def test_commands_that_mean_nothing_are_refused(own_var: Path, settings: Settings) -> None:
    for words, reason in (
        (["--back"], "none to bring back"),
        ([], "Name the folder"),
        (["x", "--back"], "Name the folder"),
        ([str(SHIPPED)], "is the model that is in service"),
    ):
        with pytest.raises(CommandError, match=reason):
            call_command("promote", *words)
    settings.ENVIRONMENT = settings.ENVIRONMENT.model_copy(update={"model": SHIPPED})
    with pytest.raises(CommandError, match="unset it"):
        call_command("promote", str(SHIPPED))
