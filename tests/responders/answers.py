"""Reads what verbs return."""

from __future__ import annotations

from typing import TypeVar

from responders.refusal import Refusal

Done = TypeVar("Done")


def done(answer: Done | Refusal) -> Done:
    """Return what was done; fails the test with the refusal's sentence."""
    assert not isinstance(answer, Refusal), str(answer)
    return answer


def refused(answer: object) -> str:
    """Return the code of a refusal, having made its sentence; fails the test if the thing was done."""
    assert isinstance(answer, Refusal), answer
    assert str(answer)
    return answer.code
