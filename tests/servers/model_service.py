"""The model service on a port of its own, and models that let tests look into it."""

from __future__ import annotations

import contextlib
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import uvicorn

from sentiment.labels import HEADS
from sentiment.serving.app import application
from sentiment.serving.batcher import Batcher
from sentiment.verdict import Model, Verdict


class Recorded:
    """A model that keeps what it was asked, breaks on "poison" and answers when its gate is open."""

    def __init__(self) -> None:
        self.calls: list[list[str]] = []
        self.gate = threading.Event()
        self.gate.set()
        self.asked = threading.Event()

    def classify(self, texts: Sequence[str], languages: Sequence[str] | None = None) -> list[Verdict]:
        self.calls.append(list(texts))
        self.asked.set()
        assert self.gate.wait(10)
        if "poison" in texts:
            raise RuntimeError("shape mismatch")
        return [verdict(text) for text in texts]


def verdict(text: str) -> Verdict:
    """A verdict that tells which text it is of."""
    return Verdict(
        language="en",
        supported=True,
        sentiment="neutral",
        urgency=1,
        angry=False,
        intent="other",
        probabilities={head: {label: 1 / len(labels) for label in labels} for head, labels in HEADS.items()},
        model_name="recorded",
        model_version=text[:40],
        model_hash="r" * 64,
    )


@contextlib.contextmanager
def serving(model: Model, *, token: str = "", batcher: Batcher | None = None) -> Iterator[str]:
    """Serve `model` from a thread; yields the address."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        app = application(batcher or Batcher(lambda: model), model=lambda: model, token=token)
        server = uvicorn.Server(uvicorn.Config(app, log_level="critical", timeout_graceful_shutdown=1))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            wait_until(lambda: server.started)
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join(10)


def wait_until(is_so: Callable[[], bool], *, seconds: float = 20) -> None:
    """Look again and again until something is so; fails when it takes too long."""
    gives_up = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < gives_up, "it took too long"
        time.sleep(0.01)


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def hang(port: int, sign: Path) -> None:
    """Serve a model that says by a file that it was asked, and never answers."""

    class Hanging:
        def classify(self, texts: Sequence[str], languages: Sequence[str] | None = None) -> list[Verdict]:
            sign.touch()
            threading.Event().wait()
            raise AssertionError

    model = Hanging()
    uvicorn.run(application(Batcher(lambda: model), model=lambda: model), port=port, log_level="critical")


if __name__ == "__main__":
    hang(int(sys.argv[1]), Path(sys.argv[2]))
