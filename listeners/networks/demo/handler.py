"""One HTTP request to the demo network: its faults before, its answer, its faults after."""

from __future__ import annotations

import contextlib
import json
import socket
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import parse_qsl, unquote, urlsplit

from pydantic import TypeAdapter, ValidationError

from listeners.networks.demo import wall
from listeners.networks.demo.api import LIMITS, Answer, Api, call, refusal
from listeners.networks.demo.dials import Dials, Dice
from listeners.networks.demo.play import Play

PHOTOS = Path(__file__).parent / "photos"
MAX_BODY = 1_000_000
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
        if parts[0] in LIMITS and not _is_wall(parts):
            self._network_call(parts, dict(parse_qsl(url.query)), raw)
        else:
            self._other(parts, raw)

    def _network_call(self, parts: list[str], query: dict[str, str], raw: bytes) -> None:
        sending = self.command == "POST"
        started = time.monotonic()
        self.server.closing.wait(self.server.dice.latency())
        late = sending and time.monotonic() - started > REPLY_WITHIN_S
        if self._fault_before(late=late):
            return
        if self.headers.get("Authorization") != f"Bearer {self.server.token}" or self._dials.expired_token:
            self._send_answer(refusal(401, "token_expired", "The access token is no longer valid."))
            return
        answer = call(self._api(), self.command, parts, query, _text_of(raw) if sending else None)
        if sending and answer.status == 201:
            self._fault_after(answer)
        else:
            self._send_page(answer)

    @property
    def _dials(self) -> Dials:
        return self.server.dice.dials

    def _api(self) -> Api:
        base_url = f"http://{self.headers.get('Host', '')}"
        return Api(self.server.play.book, self.server.play, base_url, self._dials.timeline_depth)

    def _fault_before(self, *, late: bool) -> bool:
        """Meet a fault that leaves no trace on the network; say whether there was one."""
        dice, dials = self.server.dice, self._dials
        if dice.hit(dials.cut_before):
            self._cut()
        elif dice.hit(dials.rate_limited):
            header = {"Retry-After": dials.retry_after} if dials.retry_after else {}
            self._send_answer(refusal(429, "rate_limited", "Too many calls."), header)
        elif late or dials.outage or dice.hit(dials.error_before):
            self._send_answer(refusal(503, "not_accepted", "Nothing was done; try again later."))
        else:
            return False
        return True

    def _fault_after(self, answer: Answer) -> None:
        dice, dials = self.server.dice, self._dials
        if dice.hit(dials.lose_answer):
            self._cut()
        elif dice.hit(dials.error_after):
            self._send_answer(refusal(502, "bad_gateway", "The answer got lost on its way."))
        elif dice.hit(dials.malformed_json):
            self._send_bytes(201, b'{"id": ')
        else:
            self._send_answer(answer)

    def _send_page(self, answer: Answer) -> None:
        dice, dials = self.server.dice, self._dials
        body = dict(answer.body)
        if "posts" in body:
            body["posts"] = dice.disturb(body["posts"])
        if dials.hostile_next and "next" in body:
            body["next"] = dials.hostile_next
        data = json.dumps(body).encode()
        if dice.hit(dials.malformed_json):
            data = data[: len(data) // 2]
        self._send_bytes(answer.status, data, cut=dice.hit(dials.cut_body))

    def _other(self, parts: list[str], raw: bytes) -> None:
        match self.command, parts:
            case "GET", ["photos", name] if (
                file := PHOTOS / Path(name).name
            ).suffix == ".jpg" and file.is_file():
                self._send_bytes(200, file.read_bytes(), content="image/jpeg")
            case "GET", ["book", "replies"]:
                self._send_answer(self._api().standing_replies())
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

    def _send_answer(self, answer: Answer, headers: dict[str, str] | None = None) -> None:
        self._send_bytes(answer.status, json.dumps(answer.body).encode(), headers=headers)

    def _send_bytes(
        self,
        status: int,
        data: bytes,
        *,
        content: str = "application/json",
        headers: dict[str, str] | None = None,
        cut: bool = False,
    ) -> None:
        self.send_response(status)
        for name, value in {"Content-Type": content, **(headers or {})}.items():
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


def _text_of(raw: bytes) -> object:
    try:
        body = json.loads(raw)
    except ValueError:
        return None
    return body.get("text") if isinstance(body, dict) else None


def _is_wall(parts: list[str]) -> bool:
    return len(parts) > 1 and (parts[1] == "p" or parts[1].startswith("@"))
