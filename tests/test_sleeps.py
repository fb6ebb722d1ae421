from __future__ import annotations

import time
from contextlib import suppress

import pytest
import tweepy
from tweepy import streaming

from tests.sleeps import LONGEST_S, no_long_sleep


def test_a_long_sleep_is_caught_though_somebody_swallows_every_fault() -> None:
    began = time.monotonic()
    with pytest.raises(AssertionError, match="inside a worker"), no_long_sleep(), suppress(Exception):
        time.sleep(60)
    assert time.monotonic() - began < 1


def test_a_library_that_took_sleep_for_its_own_is_caught_too() -> None:
    assert tweepy.StreamingClient
    with pytest.raises(AssertionError), no_long_sleep():
        streaming.sleep(LONGEST_S + 1)


def test_a_short_sleep_is_none_of_our_business() -> None:
    with no_long_sleep():
        time.sleep(0)
    assert streaming.sleep is time.sleep
