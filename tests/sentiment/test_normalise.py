from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sentiment.normalise import normalise, spell_out_umlauts


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("@zehnschritt @ben_c wo bleibt mein Paket?", "wo bleibt mein Paket?"),
        ("siehe https://example.org/a?b=1 und www.example.org", "siehe http und"),
        ("schreibt an mira.s@example.org", "schreibt an @user"),
        ("#NieWieder2026 toll", "#Nie Wieder 2026 toll"),
        ("super:) oder :-( ?", "super:) oder 🙁 ?"),
        ("<3 danke :D", "❤ danke 😀"),
        ("nein😡😡", "nein 😡 😡"),
        ("👍🏽 gut", "👍 gut"),
        ("Wo ist mein PAKET", "Wo ist mein [caps] paket"),
        ("THIS IS A JOKE", "[caps] this is a joke"),
        ("@zehnschritt", "@user"),
        ("@zehnschritt: https://example.org", "http"),
        ("„Danke“ – it’s ok", '"Danke" - it\'s ok'),
        ("soooooo", "sooo"),
        ("Tom &amp; Jerry", "Tom & Jerry"),
        ("FÃ¼r mich", "Für mich"),
        ("a\u202eb\u200bc\x00d", "abc d"),
        ("ｆｕｌｌ ｗｉｄｔｈ", "full width"),
        (" \n\t ", ""),
    ],
)
def test_posts_of_all_networks_look_alike(text: str, plain: str) -> None:
    assert normalise(text) == plain


@given(st.text())
def test_no_text_breaks_it_or_leaves_control_characters(text: str) -> None:
    assert normalise(text).isprintable()


def test_long_and_hostile_texts_take_no_time() -> None:
    for part in ("A ", "@", "#a", "ü_", "AAAA ", "a@", ":(", "http:", "Ã¼", "😡"):
        assert isinstance(normalise(part * 20_000), str)


def test_umlauts_are_spelt_out_as_people_do_it() -> None:
    assert spell_out_umlauts("Öl für Äpfel, süß") == "Oel fuer Aepfel, suess"
