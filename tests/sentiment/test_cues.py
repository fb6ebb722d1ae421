from __future__ import annotations

import pytest

from sentiment.cues import cues


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Mein Konto wurde GEHACKT, ich gehe zum Anwalt", ("fraud", "legal")),
        ("We are stuck on the tarmac with a toddler", ("stranded", "vulnerable")),
        ("nie  wieder!", ("cancellation",)),
        ("Betrugsversuch", ("fraud",)),
        ("So schöne Schuhe", ()),
        ("Please press the button, kind regards from our new brand", ()),
        ("", ()),
    ],
)
def test_a_post_names_the_alarming_word_groups_it_uses(text: str, found: tuple[str, ...]) -> None:
    assert cues(text) == found
