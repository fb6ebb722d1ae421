from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Protocol

import httpx
import pytest

from sentiment.serving.client import TIMEOUT, RemoteModel


class Connect(Protocol):
    """Makes a worker's side of a service that is closed when the test ends."""

    def __call__(self, url: str, *, token: str = "", timeout: httpx.Timeout = TIMEOUT) -> RemoteModel: ...


@pytest.fixture
def connect() -> Iterator[Connect]:
    with contextlib.ExitStack() as stack:

        def connected(url: str, *, token: str = "", timeout: httpx.Timeout = TIMEOUT) -> RemoteModel:
            remote = RemoteModel(url, token=token, timeout=timeout)
            return stack.enter_context(contextlib.closing(remote))

        yield connected
