"""Signatures of webhook deliveries: HMAC-SHA256 over the time and the raw body."""

from __future__ import annotations

import hashlib
import hmac
import re
from datetime import UTC, datetime, timedelta

WINDOW = timedelta(minutes=5)
"""How old a delivery may be, and how far ahead of ours its clock may go."""
_HEADER = re.compile(r"t=(\d{1,12}),v1=([0-9a-f]{64})", re.ASCII)


def sign(body: bytes, *, secret: str, at: datetime) -> str:
    """Return the value of `X-Kulanz-Signature`."""
    seconds = int(at.timestamp())
    return f"t={seconds},v1={_digest(body, secret, seconds)}"


def find_fault(header: str, body: bytes, *, secret: str, now: datetime) -> str:
    """Say what is wrong with a signature; "" if nothing is."""
    parts = _HEADER.fullmatch(header.strip())
    if parts is None:
        return "X-Kulanz-Signature must read t=<unix seconds>,v1=<64 hex digits>."
    seconds = int(parts[1])
    if not hmac.compare_digest(_digest(body, secret, seconds), parts[2]):
        return "The signature does not fit the body; sign the raw bytes as t, a dot, and the body."
    if abs(seconds - now.astimezone(UTC).timestamp()) > WINDOW.total_seconds():
        return "The delivery is more than five minutes old or from the future; sign it anew when sending."
    return ""


def _digest(body: bytes, secret: str, seconds: int) -> str:
    return hmac.new(secret.encode(), f"{seconds}.".encode() + body, hashlib.sha256).hexdigest()
