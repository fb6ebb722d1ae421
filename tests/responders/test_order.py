from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from responders.order import Key, read_key

numbers = st.integers(min_value=-(2**62), max_value=2**62)
moments = st.integers(min_value=-(10**17), max_value=10**17)


@given(st.builds(Key, st.integers(-3, 3), moments, numbers))
def test_a_place_written_into_an_address_is_read_again(key: Key) -> None:
    assert read_key(str(key)) == key


@given(st.text())
def test_any_text_is_a_place_or_none(text: str) -> None:
    key = read_key(text)
    assert key is None or read_key(str(key)) == key


@pytest.mark.parametrize(
    "text", ["", "1.2", "1.2.3.4", "a.b.c", "1.2.99999999999999999999", "9.1.1", f"0.{10**30}.1"]
)
def test_what_is_no_place_is_none(text: str) -> None:
    assert read_key(text) is None
