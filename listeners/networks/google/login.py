"""Google's log-in: an access token of an hour for what the environment holds."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import httpx

from listeners.contract import Network
from listeners.exceptions import AuthFault, InputError, Malformed
from listeners.networks.addresses import base_url
from listeners.networks.extras import load
from listeners.networks.google.faults import limit_of, words
from listeners.networks.rest import Rest

LOGIN_HOST = "oauth2.googleapis.com"
LIFETIME = timedelta(minutes=30)
CLIENT = ("client_id", "client_secret", "refresh_token")
RENEW = (
    "Google refuses the log-in of this account. Make a new one in the Google Cloud console under APIs and "
    "services, Credentials, and set it in the environment."
)


def google_rest(network: Network, *, host: str, scope: str, timeout_s: float) -> Rest:
    """Log in and return the way to one of Google's APIs; raises as a read.

    A key's own `token_uri` counts for nothing: the log-in goes to Google, or where `base_url` says.
    """
    settings, secrets = network.account.settings, network.account.secrets

    def judge(response: httpx.Response, told: str) -> Exception | None:
        return limit_of(response, label=network.label, clock=network.clock)

    def judge_login(response: httpx.Response, told: str) -> Exception | None:
        # Google answers a dead refresh token and a deleted key with 400.
        return AuthFault(RENEW) if response.status_code in (400, 401) else judge(response, told)

    def rest(url: str, own: Any, headers: Mapping[str, str]) -> Rest:
        return Rest(
            label=network.label,
            session=network.session,
            base_url=url,
            timeout_s=timeout_s,
            clock=network.clock,
            renew=RENEW,
            words=words,
            headers=headers,
            judge=own,
        )

    form = _form(network, scope)
    login = rest(base_url(settings, f"https://{LOGIN_HOST}"), judge_login, {})
    token = secrets.get("token") or _token(login, form)
    return rest(base_url(settings, f"https://{host}"), judge, {"Authorization": f"Bearer {token}"})


def _token(login: Rest, form: Mapping[str, str]) -> str:
    body = login.object(login.call("POST", f"{login.base_url}/token", data=form))
    token = body.get("access_token")
    if not isinstance(token, str) or not token or not token.isascii() or not token.isprintable():
        raise Malformed(f"{login.label}: Google's answer to the log-in has no token.")
    return token


def _form(network: Network, scope: str) -> dict[str, str]:
    secrets = network.account.secrets
    if all(secrets.get(name) for name in CLIENT):
        return {"grant_type": "refresh_token"} | {name: secrets[name] for name in CLIENT}
    if secrets.get("service_account"):
        assertion = _assertion(network, scope)
        return {"grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer", "assertion": assertion}
    if secrets.get("token"):
        return {}
    raise InputError(
        f"{network.label} needs the secrets {', '.join(CLIENT)}, or service_account, a key's JSON "
        "file as text, or, to try it for an hour, an access token as token."
    )


def _assertion(network: Network, scope: str) -> str:
    jwt = load("jwt", extra="google")
    now = network.clock()
    try:
        key = json.loads(network.account.secrets["service_account"])
        claims = {
            "iss": key["client_email"],
            "scope": scope,
            "aud": f"https://{LOGIN_HOST}/token",
            "iat": now,
            "exp": now + LIFETIME,
        }
        signed: str = jwt.encode(claims, key["private_key"], "RS256", headers={"kid": key["private_key_id"]})
    except (jwt.PyJWTError, ValueError, KeyError, TypeError):
        # Neither the message nor the cause may show what was given as a key.
        raise InputError("The secret service_account is not the text of a key's JSON file.") from None
    return signed
