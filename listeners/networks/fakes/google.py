"""What Google's stand-ins share: the log-in, the error document, tokens of pages."""

from __future__ import annotations

import base64
import json
import re
from dataclasses import dataclass
from functools import cache
from typing import ClassVar

from listeners.networks.demo.vendor import Answer, Call, Fault, Vendor
from listeners.networks.extras import load
from listeners.networks.fakes import consent

_FAULTS: dict[Fault, tuple[int, str, str]] = {
    "rate_limited": (429, "rateLimitExceeded", "RESOURCE_EXHAUSTED"),
    "not_accepted": (503, "backendError", "UNAVAILABLE"),
    "bad_gateway": (502, "backendError", "INTERNAL"),
    "token_expired": (401, "authError", "UNAUTHENTICATED"),
    "quota_used": (403, "quotaExceeded", "PERMISSION_DENIED"),
    "forbidden": (403, "forbidden", "PERMISSION_DENIED"),
}
_TOKEN = re.compile(r"C[0-9a-f]{1,15}=")


@dataclass(frozen=True, slots=True)
class FakeGoogle(Vendor):
    """One of Google's APIs, together with the log-in at `/token` and the page of consent.

    The refresh token is the server's token; a service account bears it before the @ of its address.
    """

    network: ClassVar[str]

    def fault(self, fault: Fault) -> Answer:
        """Say a fault in Google's error document."""
        status, reason, title = _FAULTS[fault]
        pause = self.dials.retry_after if fault == "rate_limited" else ""
        refusal = problem(status, reason, f"The call fails ({title}).", title=title)
        return Answer(status, refusal.body, {"Retry-After": pause} if pause else {})

    def admits(self, call: Call, token: str) -> bool:
        """Take an access token; at the log-in, what stands for one."""
        if call.parts == ["token"]:
            given = granted(call.form(), now=self.now.timestamp())
            has_code = call.form().get("grant_type") == "authorization_code"
            return has_code or given == token or consent.is_issued(self, self.network, given)
        return Vendor.admits(self, call, token) or consent.admits(self, self.network, call)

    def writes(self, call: Call) -> bool:
        """Say whether a call would post something; a log-in does not."""
        return call.method != "GET" and call.parts != ["token"]

    def login(self, call: Call) -> Answer:
        """Show the page of consent, or give an access token, for a code a refresh token too."""
        if (told := consent.google(self, self.network, call)) is not None:
            return told
        token = granted(call.form(), now=self.now.timestamp())
        return Answer(200, {"access_token": token, "expires_in": 3599, "token_type": "Bearer"})


def granted(form: dict[str, str], *, now: float) -> str:
    """Return the access token that a log-in is worth, "" for none."""
    if form.get("grant_type") == "refresh_token":
        return form["refresh_token"] if form.get("client_id") and form.get("client_secret") else ""
    try:
        part = form["assertion"].split(".")[1]
        claims = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
        lives = claims["exp"] > now and claims["exp"] - claims["iat"] <= 3600 and claims["scope"]
        is_for_google = claims["aud"] == "https://oauth2.googleapis.com/token"
        return str(claims["iss"]).partition("@")[0] if lives and is_for_google else ""
    except (KeyError, IndexError, ValueError, TypeError):
        return ""


@cache
def service_account(token: str) -> str:
    """Make a key file that a stand-in with this token takes."""
    rsa = load("cryptography.hazmat.primitives.asymmetric.rsa", extra="google")
    serialization = load("cryptography.hazmat.primitives.serialization", extra="google")
    pem = rsa.generate_private_key(65537, 2048).private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    address = f"{token}@stand-in.iam.gserviceaccount.com"
    return json.dumps({"client_email": address, "private_key": pem.decode(), "private_key_id": "1"})


def problem(status: int, reason: str, message: str, *, title: str = "INVALID_ARGUMENT") -> Answer:
    """Make Google's error document."""
    errors = [{"message": message, "domain": "global", "reason": reason}]
    error = {"code": status, "message": message, "errors": errors, "status": title}
    return Answer(status, {"error": error})


def page_token(seq: int) -> str:
    """Write where the next page begins."""
    return f"C{seq:x}="


def read_page_token(token: str) -> int | None:
    """Read where a page begins, None for the top; raises ValueError for what is no token."""
    if token and not _TOKEN.fullmatch(token):
        raise ValueError("The page token is not valid.")
    return int(token[1:-1], 16) if token else None


def size_of(query: dict[str, str], name: str, *, most: int, usual: int) -> int:
    """Read how long a page may be; raises ValueError."""
    size = query.get(name, str(usual))
    if not size.isdecimal() or not 1 <= int(size) <= most:
        raise ValueError(f"{name} must be between 1 and {most}.")
    return int(size)
