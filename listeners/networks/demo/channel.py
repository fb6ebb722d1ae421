"""One open channel of the demo network: what happens is written to it, with the faults of the dials."""

from __future__ import annotations

import json
import select
import socket
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from io import BufferedIOBase
from typing import Any

from listeners.networks.demo.book import Row
from listeners.networks.demo.dials import Dice
from listeners.networks.demo.play import Play
from listeners.networks.demo.vendor import Channel, Vendor

TICK_S = 0.02
"""How often it is looked whether anything happened."""


@dataclass(frozen=True, slots=True)
class Keeper:
    """Keeps a channel open; it writes to `out` in chunks."""

    channel: Channel
    vendor: Vendor
    play: Play
    connection: socket.socket
    out: BufferedIOBase

    def keep(self, dice: Callable[[], Dice], closing: threading.Event) -> None:
        """Write until the caller is gone, the network closes, or a dial ends it."""
        seq, beat_at = self._newest(), time.monotonic()
        self._write(self.channel.heartbeat)
        while not (closing.wait(TICK_S) or self._is_left()):
            now = dice()
            if now.dials.stream_silent:
                continue
            if now.dials.dark(self.play.clock()):
                return
            if now.dials.stream_farewell:
                self._write(self.channel.farewell)
                return
            self.play.advance()
            rows = self.play.book.after(self.channel.network, seq, 100)
            if not all(self._tell(row, now) for row in rows):
                return
            seq = rows[-1].seq if rows else seq
            if rows or time.monotonic() - beat_at >= now.dials.heartbeat_s:
                self._write(self.channel.heartbeat)
                beat_at = time.monotonic()

    def _tell(self, row: Row, dice: Dice) -> bool:
        """Write what is told of a post; False when the line was cut in the middle."""
        for event, item in self.channel.events(row):
            for one in dice.disturb([item], self.vendor.malformed_item):
                data = self._framed(event, one, dice)
                is_cut = dice.hit(dice.dials.cut_body)
                self._write(data[: len(data) // 2] if is_cut else data)
                if is_cut:
                    return False
        return True

    def _framed(self, event: str, item: Any, dice: Dice) -> bytes:
        text = item if isinstance(item, str) else json.dumps(item)
        return self.channel.frame(
            event, text[: len(text) // 2] if dice.hit(dice.dials.malformed_json) else text
        )

    def _newest(self) -> int:
        rows = self.play.book.newest(self.channel.network, limit=1)
        return rows[0].seq if rows else 0

    def _is_left(self) -> bool:
        readable, _, _ = select.select([self.connection], [], [], 0)
        return bool(readable)

    def _write(self, data: bytes) -> None:
        if data:
            self.out.write(b"%x\r\n%s\r\n" % (len(data), data))
            self.out.flush()
