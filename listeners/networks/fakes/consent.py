"""Consent and tokens as each vendor documents them, kept in the book; here everybody agrees at once."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from listeners.networks.demo.items import native_id
from listeners.networks.demo.script import BRAND_HANDLE
from listeners.networks.demo.vendor import Answer, Call, Vendor

CLIENT_ID, CLIENT_SECRET = "stand-in", "stand-in-secret"
"""The keys of the only app that stand-ins know."""
HOURS_2, DAYS_60, DAYS_90 = timedelta(hours=2), timedelta(days=60), timedelta(days=90)
HOUR = timedelta(hours=1)
_META = "v26.0"


def admits(vendor: Vendor, network: str, call: Call) -> bool:
    """Say whether a call logs somebody in, or bears a token that was given here and has not ended."""
    bearer = call.headers.get("authorization", "").removeprefix("Bearer ")
    return is_login(call) or is_issued(vendor, network, bearer)


def is_login(call: Call) -> bool:
    """Say whether a call is one of those by which somebody gets a token."""
    return "/".join(call.parts) in {
        "i/oauth2/authorize",
        "2/oauth2/token",
        f"{_META}/dialog/oauth",
        f"{_META}/oauth/access_token",
        f"{_META}/debug_token",
        "oauth/authorize",
        "oauth/access_token",
        "access_token",
        "refresh_access_token",
        "o/oauth2/v2/auth",
    }


def is_issued(vendor: Vendor, network: str, token: str) -> bool:
    """Say whether a token was given here and has not ended."""
    until = vendor.book.fact(f"oauth/{network}/token/{token}") if token else None
    return bool(until) and vendor.now < datetime.fromisoformat(str(until))


def x(vendor: Vendor, call: Call) -> Answer:
    """OAuth 2 with PKCE: tokens of two hours, refresh tokens that are good once."""
    if call.parts == ["i", "oauth2", "authorize"]:
        return _consent(vendor, "x", call)
    form, basic = call.form(), call.headers.get("authorization", "")
    pair = base64.b64encode(f"{CLIENT_ID}:{CLIENT_SECRET}".encode()).decode()
    if form.get("client_id") != CLIENT_ID or basic not in ("", f"Basic {pair}"):
        return _refusal(401, "unauthorized_client", "Missing valid authorization header")
    if form.get("grant_type") == "authorization_code":
        good = _take_code(vendor, "x", form)
    else:
        good = _spend(vendor, f"oauth/x/refresh/{form.get('refresh_token')}")
    if not good:
        return _refusal(400, "invalid_request", "Value passed for the token was invalid.")
    refresh_token = secrets.token_urlsafe(24)
    vendor.book.note(f"oauth/x/refresh/{refresh_token}", "good")
    told = {"token_type": "bearer", "expires_in": 7200, "access_token": _issue(vendor, "x", HOURS_2)}
    return Answer(200, told | {"refresh_token": refresh_token, "scope": "tweet.read users.read"})


def google(vendor: Vendor, network: str, call: Call) -> Answer | None:
    """A refresh token for a code; None for what the log-in of an hour answers."""
    if call.parts == ["o", "oauth2", "v2", "auth"]:
        return _consent(vendor, network, call)
    form = call.form()
    if form.get("grant_type") != "authorization_code":
        return None
    if not (_is_app(form) and _take_code(vendor, network, form)):
        return _refusal(400, "invalid_grant", "Bad Request")
    refresh_token, token = _issue(vendor, network, DAYS_90), _issue(vendor, network, HOUR)
    told = {"access_token": token, "refresh_token": refresh_token, "expires_in": 3599}
    return Answer(200, told | {"token_type": "Bearer"})


def graph(vendor: Vendor, network: str, call: Call) -> Answer:
    """Log in to one of Meta's networks."""
    return threads(vendor, call) if network == "threads" else meta(vendor, network, call)


def meta(vendor: Vendor, network: str, call: Call) -> Answer:
    """A short token for a code, a long one for a short, the page's own for a long one."""
    if call.parts[-1] == "oauth" and call.parts[-2] == "dialog":
        return _consent(vendor, network, call)
    query = call.query
    if call.parts[-1] == "debug_token":
        ends = int((vendor.now + DAYS_90).timestamp())
        data = {"is_valid": True, "expires_at": 0, "data_access_expires_at": ends}
        return Answer(200, {"data": data})
    if call.parts[-1] == "accounts":
        return Answer(200, {"data": [_page() | {"access_token": _issue(vendor, network, DAYS_90)}]})
    if query.get("grant_type") == "fb_exchange_token":
        good = is_issued(vendor, network, query.get("fb_exchange_token", ""))
        lasts = DAYS_60
    else:
        good, lasts = _take_code(vendor, network, query), HOUR
    if not (_is_app(query) and good):
        return _meta_error()
    return _bearer(_issue(vendor, network, lasts), lasts)


def threads(vendor: Vendor, call: Call) -> Answer:
    """A token of an hour for a code, then one of 60 days, which can be renewed while it holds."""
    match call.parts:
        case ["oauth", "authorize"]:
            return _consent(vendor, "threads", call)
        case ["oauth", "access_token"]:
            form = call.form()
            good = _is_app(form) and _take_code(vendor, "threads", form)
            return Answer(200, {"access_token": _issue(vendor, "threads", HOUR)}) if good else _meta_error()
    query = call.query
    wanted = {"access_token": "th_exchange_token", "refresh_access_token": "th_refresh_token"}
    good = query.get("grant_type") == wanted[call.parts[0]]
    good = good and (call.parts[0] != "access_token" or query.get("client_secret") == CLIENT_SECRET)
    if not (good and is_issued(vendor, "threads", query.get("access_token", ""))):
        return _meta_error()
    return _bearer(_issue(vendor, "threads", DAYS_60), DAYS_60)


def _page() -> dict[str, Any]:
    own = native_id("people", BRAND_HANDLE)
    return {"id": own, "name": "Zehnschritt", "instagram_business_account": {"id": own}}


def _consent(vendor: Vendor, network: str, call: Call) -> Answer:
    """Agree, and send the browser back with a code that is good once."""
    query, code = call.query, secrets.token_urlsafe(16)
    if query.get("client_id") != CLIENT_ID or query.get("response_type") != "code":
        return _refusal(400, "invalid_request", "There is no such app.")
    kept = {name: query.get(name, "") for name in ("redirect_uri", "code_challenge")}
    vendor.book.note(f"oauth/{network}/code/{code}", json.dumps(kept))
    back = urlencode({"code": code, "state": query.get("state", "")})
    return Answer(302, headers={"Location": f"{query.get('redirect_uri')}?{back}"})


def _take_code(vendor: Vendor, network: str, form: dict[str, str]) -> bool:
    name = f"oauth/{network}/code/{form.get('code')}"
    kept = json.loads(vendor.book.fact(name) or "{}")
    vendor.book.note(name, "{}")
    hashed = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
    proof = base64.urlsafe_b64encode(hashed).decode().rstrip("=")
    fits = not kept.get("code_challenge") or kept["code_challenge"] == proof
    return bool(kept) and kept["redirect_uri"] == form.get("redirect_uri") and fits


def _spend(vendor: Vendor, name: str) -> bool:
    """Use what is good once."""
    with vendor.book.transaction():
        good = vendor.book.fact(name) == "good"
        vendor.book.note(name, "spent")
    return good


def _issue(vendor: Vendor, network: str, lasts: timedelta) -> str:
    token = secrets.token_urlsafe(24)
    vendor.book.note(f"oauth/{network}/token/{token}", (vendor.now + lasts).isoformat())
    return token


def _is_app(form: dict[str, str]) -> bool:
    return form.get("client_id") == CLIENT_ID and form.get("client_secret") == CLIENT_SECRET


def _bearer(token: str, lasts: timedelta) -> Answer:
    seconds = int(lasts.total_seconds())
    return Answer(200, {"access_token": token, "token_type": "bearer", "expires_in": seconds})


def _refusal(status: int, error: str, description: str) -> Answer:
    return Answer(status, {"error": error, "error_description": description})


def _meta_error() -> Answer:
    told = {"message": "Error validating verification code.", "type": "OAuthException", "code": 100}
    return Answer(400, {"error": {**told, "fbtrace_id": "AbCdEfGhIjK"}})
