from __future__ import annotations

import unicodedata

import pytest
from pydantic import ValidationError

from sentiment.edits import Edit, edits
from sentiment.evaluate import read_examples
from sentiment.normalise import normalise
from sentiment.robustness import USUAL_POSTS

POST = "@nordwind Größe 42 fehlt, it's late! 👍 https://example.org/a #ärgerlich"
POSTS = [example.text for file in USUAL_POSTS for example in read_examples(file, task="sentiment")]
EXPECTED = {
    "umlauts spelt out (ä as ae)": POST.replace("ö", "oe").replace("ä", "ae"),
    "ß as ss": "@nordwind Grösse 42 fehlt, it's late! 👍 https://example.org/a #ärgerlich",
    "dots as signs of their own (NFD)": unicodedata.normalize("NFD", POST),
    "ALL CAPS": "@NORDWIND GRÖSSE 42 FEHLT, IT'S LATE! 👍 HTTPS://EXAMPLE.ORG/A #ÄRGERLICH",
    "all lower case": "@nordwind größe 42 fehlt, it's late! 👍 https://example.org/a #ärgerlich",
    "apostrophes left out": "@nordwind Größe 42 fehlt, its late! 👍 https://example.org/a #ärgerlich",
    "commas left out": "@nordwind Größe 42 fehlt it's late! 👍 https://example.org/a #ärgerlich",
    "a handle in front": f"@nordwind_care {POST}",
    "handles swapped": POST.replace("@nordwind", "@ein_anderer_name"),
    "handle in front removed": POST.removeprefix("@nordwind "),
    "links swapped": POST.replace("https://example.org/a", "https://example.com/x"),
    "hashes removed": POST.replace("#", ""),
    "lines broken after sentences": POST.replace("! ", "!\n\n"),
    "spaces that do not break": POST.replace(" ", "\u00a0"),
    "skin tones": POST.replace("👍", "👍🏽"),
    "pictures doubled": POST.replace("👍", "👍👍"),
    "typographic quotes, dashes and dots": POST.replace("'", "’"),
}


@pytest.mark.parametrize("name", EXPECTED)
def test_an_edit_does_what_its_name_says(name: str) -> None:
    (edit,) = (edit for edit in edits() if edit.name == name)
    assert edit(POST) == EXPECTED[name]


@pytest.mark.parametrize("change", ["swap_letters", "drop_letter", "double_letter"])
def test_a_typo_is_one_slip_in_one_longer_word_and_always_the_same(change: str) -> None:
    typo = Edit(name="typo", change=change)
    text = "ja, das Paket kam zu mir"
    assert len(typo(text)) - len(text) == {"swap_letters": 0, "drop_letter": -1, "double_letter": 1}[change]
    assert typo(text).startswith("ja, das ")
    assert typo(text).endswith(" kam zu mir")
    assert typo(text) == typo(text)


def test_a_typo_leaves_handles_links_and_short_words_alone() -> None:
    text = "@nordwind hi https://example.org/abcdef #laden"
    assert Edit(name="typo", change="drop_letter")(text) == text


def test_text_that_the_other_encoding_cannot_show_stays_as_it_is() -> None:
    misread = Edit(name="misread", change="misread")
    assert misread("schön") == "schÃ¶n"
    assert misread("\u0141ód\u017a \ud800") == "\u0141ód\u017a \ud800"


def test_each_edit_finds_something_to_do_and_leaves_an_empty_post_alone() -> None:
    for edit in edits():
        assert any(edit(post) != post for post in POSTS), edit.name
        assert edit("").strip() == (edit.before + edit.after).strip()


def test_an_unknown_change_is_refused() -> None:
    with pytest.raises(ValidationError, match="'shout' is none of"):
        Edit(name="x", change="shout")


@pytest.mark.parametrize(
    "name",
    [
        "dots as signs of their own (NFD)",
        "handles swapped",
        "links swapped",
        "spaces around and doubled",
        "lines broken after sentences",
        "spaces that do not break",
        "zero-width signs inside words",
        "skin tones",
        "HTML entities",
    ],
)
def test_what_no_reader_can_see_is_undone_before_the_model_reads(name: str) -> None:
    (edit,) = (edit for edit in edits() if edit.name == name)
    for post in POSTS:
        assert normalise(edit(post)) == normalise(post)
