"""The demo network as an HTTP server: `serve` starts it in a thread of this process."""

from __future__ import annotations

import threading
from pathlib import Path
from types import TracebackType
from typing import Any

from listeners.contract import Clock
from listeners.networks.demo.book import Book
from listeners.networks.demo.dials import Dials, Dice
from listeners.networks.demo.handler import Handler, Http
from listeners.networks.demo.play import Play
from listeners.networks.demo.script import STORIES, Script, read_script
from listeners.networks.demo.wire import DEMO_TOKEN


class DemoServer:
    """A running demo network; `url` is its base URL. Closing it keeps the book."""

    def __init__(self, play: Play, *, host: str, port: int, dials: Dials, token: str) -> None:
        self._http = Http((host, port), Handler)
        self._http.play, self._http.dice, self._http.token = play, Dice(dials), token
        self.play = play
        self.book = play.book
        self.url = f"http://{host}:{self._http.server_port}"
        self._thread = threading.Thread(
            target=self._http.serve_forever, args=(0.02,), name="demo-network", daemon=True
        )
        self._thread.start()

    def dial(self, **dials: Any) -> None:
        """Turn the named dials and set all others to their rest."""
        self._http.dice = Dice(Dials(**dials))

    def cut(self) -> None:
        """End every connection that is open."""
        self._http.cut_all()

    def wait(self) -> None:
        """Block until the server is closed."""
        self._thread.join()

    def close(self) -> None:
        """Stop answering, cut what is connected and close the book."""
        self._http.closing.set()
        self._http.shutdown()
        self._thread.join()
        self._http.cut_all()
        self._http.server_close()
        self.book.close()

    def __enter__(self) -> DemoServer:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def serve(
    book: Path,
    *,
    clock: Clock,
    host: str = "127.0.0.1",
    port: int = 0,
    speed: float = 60.0,
    dials: Dials | None = None,
    script: Script | None = None,
    token: str = DEMO_TOKEN,
) -> DemoServer:
    """Start the demo network on a book, which goes on where it was; port 0 takes a free one.

    `speed` is story minutes per minute of `clock`; `script` defaults to the shipped stories.
    Raises OSError when the port is taken, InputError when a story is wrong.
    """
    played = read_script(STORIES) if script is None else script
    record = Book(book)
    play = Play(record, clock=clock, speed=speed)
    play.begin(played)
    try:
        return DemoServer(play, host=host, port=port, dials=dials or Dials(), token=token)
    except OSError:
        record.close()
        raise
