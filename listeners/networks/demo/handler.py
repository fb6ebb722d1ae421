"""One HTTP request to the demo network: its faults before, its answer, its faults after."""

from __future__ import annotations

import contextlib
import json
import socket
import threading
import time
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import MappingProxyType
from typing import Any, ClassVar, TypeVar
from urllib.parse import parse_qsl, unquote, urlsplit

from pydantic import TypeAdapter, ValidationError

from listeners.networks.demo import wall
from listeners.networks.demo.api import LIMITS, Api, refusal
from listeners.networks.demo.channel import TICK_S, Keeper
from listeners.networks.demo.dials import Dials, Dice
from listeners.networks.demo.play import Play
from listeners.networks.demo.vendor import Answer, Call, Channel, Vendor
from listeners.networks.fakes import FAKES

PHOTOS = Path(__file__).parent / "photos"
MAX_BODY = 1_000_000
_V = TypeVar("_V", bound=Vendor)
REPLY_WITHIN_S = 12.0
"""A reply takes effect within this time or never: the network's documented word."""


class Http(ThreadingHTTPServer):
    """The listening socket and what its handlers share."""

    daemon_threads = True
    play: Play
    dice: Dice
    token: str

    def __init__(self, address: tuple[str, int], handler: type[BaseHTTPRequestHandler]) -> None:
        super().__init__(address, handler)
        self.closing = threading.Event()
        self.connections: set[socket.socket] = set()
        self.channels: set[str] = set()
        """The names of those that are open."""

    def cut_all(self) -> None:
        """End every open connection."""
        for connection in list(self.connections):
            _cut(connection)


class Handler(BaseHTTPRequestHandler):
    """Answers the requests of one connection."""

    server: Http
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    timeout: ClassVar[float] = 60.0

    def setup(self) -> None:
        """Note the connection, so that closing the server ends it."""
        super().setup()
        self.server.connections.add(self.connection)

    def finish(self) -> None:
        """Forget the connection."""
        with contextlib.suppress(OSError):
            super().finish()
        self.server.connections.discard(self.connection)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Stay silent: whoever wants a log has the book."""

    def do_GET(self) -> None:
        """Answer a GET, and stay calm when the caller has gone."""
        with contextlib.suppress(ConnectionError, TimeoutError):
            self._answer()

    def do_POST(self) -> None:
        """Answer a POST."""
        self.do_GET()

    def do_PUT(self) -> None:
        """Answer a PUT."""
        self.do_GET()

    def _answer(self) -> None:
        url = urlsplit(self.path)
        parts = [unquote(part) for part in url.path.strip("/").split("/")]
        length = self.headers.get("Content-Length") or "0"
        raw = self.rfile.read(min(int(length), MAX_BODY) if length.isdecimal() else 0)
        self.server.play.advance()
        query = parse_qsl(url.query)
        match parts:
            case ["fakes", name, *rest] if name in FAKES:
                self._network_call(FAKES[name], rest, query, raw)
            case [name, *_] if name in LIMITS and not _is_wall(parts):
                self._network_call(Api, parts, query, raw)
            case _:
                self._other(parts, raw)

    def _network_call(
        self, kind: type[Vendor], parts: list[str], query: list[tuple[str, str]], raw: bytes
    ) -> None:
        headers = {name.lower(): value for name, value in self.headers.items()}
        call = Call(
            method=self.command, parts=parts, query=dict(query), pairs=query, headers=headers, raw=raw
        )
        vendor = self._vendor(kind)
        if self._dials.only_writes and not vendor.writes(call):
            self._send_answer(vendor.answer(call))
            return
        started = time.monotonic()
        self.server.closing.wait(self.server.dice.latency())
        late = vendor.writes(call) and time.monotonic() - started > REPLY_WITHIN_S
        if self._fault_before(vendor, call, late=late):
            return
        if (channel := vendor.channel(call)) is not None:
            self._keep_open(channel, vendor)
            return
        answer = vendor.answer(call)
        if answer.posted:
            self._fault_after(vendor, answer)
        else:
            self._send_page(vendor, answer)

    @property
    def _dials(self) -> Dials:
        return self.server.dice.dials

    def _vendor(self, kind: type[_V]) -> _V:
        play = self.server.play
        return kind(play.book, play, f"http://{self.headers.get('Host', '')}", self._dials, play.clock())

    def _fault_before(self, vendor: Vendor, call: Call, *, late: bool) -> bool:
        """Meet a fault that leaves no trace on the network; say whether there was one."""
        dice, dials = self.server.dice, self._dials
        if dice.hit(dials.cut_before):
            self._cut()
        elif dials.redirect_to:
            self._send_answer(Answer(307, headers={"Location": dials.redirect_to}))
        elif dice.hit(dials.rate_limited):
            self._send_answer(vendor.fault("rate_limited"))
        elif late or dials.dark(vendor.now) or dice.hit(dials.error_before):
            self._send_answer(vendor.fault("not_accepted"))
        elif dials.expired_token or not vendor.admits(call, self.server.token):
            self._send_answer(vendor.fault("token_expired"))
        elif dials.quota_used or dials.forbidden:
            self._send_answer(vendor.fault("quota_used" if dials.quota_used else "forbidden"))
        else:
            return False
        return True

    def _fault_after(self, vendor: Vendor, answer: Answer) -> None:
        dice, dials = self.server.dice, self._dials
        if dice.hit(dials.lose_answer):
            self._cut()
        elif dice.hit(dials.error_after):
            self._send_answer(vendor.fault("bad_gateway"))
        elif dice.hit(dials.malformed_json):
            self._send_bytes(answer.status, b'{"id": ')
        else:
            self._send_answer(answer)

    def _send_page(self, vendor: Vendor, answer: Answer) -> None:
        dice, dials = self.server.dice, self._dials
        if answer.page is not None:
            answer.page[:] = dice.disturb(answer.page, vendor.malformed_item)
        if dials.hostile_next:
            vendor.lead_elsewhere(answer, dials.hostile_next)
        data = json.dumps(answer.body).encode()
        if dice.hit(dials.malformed_json):
            data = data[: len(data) // 2]
        self._send_bytes(answer.status, data, headers=answer.headers, cut=dice.hit(dials.cut_body))

    def _keep_open(self, channel: Channel, vendor: Vendor) -> None:
        """Write to a channel until the caller goes, the server closes or a dial ends it."""
        channels = self.server.channels
        if channel.refusal and not self._is_free(channel):
            self._send_answer(channel.refusal)
            return
        self.send_response(200)
        self.send_header("Content-Type", channel.content)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        channels.add(channel.name)
        try:
            Keeper(channel, vendor, self.server.play, self.connection, self.wfile).keep(
                lambda: self.server.dice, self.server.closing
            )
        finally:
            channels.discard(channel.name)
            self._cut()

    def _is_free(self, channel: Channel) -> bool:
        """Say whether nobody has the channel; one who has just gone is noticed after some ticks."""
        for _ in range(50):
            if channel.name not in self.server.channels or self.server.closing.wait(TICK_S):
                return True
        return False

    def _other(self, parts: list[str], raw: bytes) -> None:
        match self.command, parts:
            case "GET", ["photos", name] if (
                file := PHOTOS / Path(name).name
            ).suffix == ".jpg" and file.is_file():
                self._send_bytes(200, file.read_bytes(), content="image/jpeg")
            case "GET", ["book", "replies"]:
                self._send_answer(self._vendor(Api).standing_replies())
            case "GET", ["dials"]:
                self._send_answer(Answer(200, TypeAdapter(Dials).dump_python(self._dials)))
            case "PUT", ["dials"]:
                self._turn(raw)
            case "GET", _:
                self._send_wall(parts)
            case _:
                self._send_answer(refusal(404, "no_such_call", "There is nothing here."))

    def _turn(self, raw: bytes) -> None:
        try:
            self.server.dice = Dice(TypeAdapter(Dials).validate_json(raw))
        except ValidationError as error:
            self._send_answer(refusal(422, "bad_dials", str(error)))
        else:
            self._send_answer(Answer(200, TypeAdapter(Dials).dump_python(self._dials)))

    def _send_wall(self, parts: list[str]) -> None:
        html = wall.page(self.server.play.book, parts)
        status, text = (200, html) if html else (404, "There is nothing here.")
        self._send_bytes(status, text.encode(), content="text/html; charset=utf-8")

    def _send_answer(self, answer: Answer) -> None:
        self._send_bytes(answer.status, json.dumps(answer.body).encode(), headers=answer.headers)

    def _send_bytes(
        self,
        status: int,
        data: bytes,
        *,
        content: str = "application/json",
        headers: Mapping[str, str] = MappingProxyType({}),
        cut: bool = False,
    ) -> None:
        self.send_response(status)
        for name, value in {"Content-Type": content, **headers}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data[: len(data) // 2] if cut else data)
        if cut:
            self._cut()

    def _cut(self) -> None:
        self.close_connection = True
        _cut(self.connection)


def _cut(connection: socket.socket) -> None:
    with contextlib.suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)


def _is_wall(parts: list[str]) -> bool:
    return len(parts) > 1 and (parts[1] == "p" or parts[1].startswith("@"))
