"""OAuth as the contract of a vendor: where a person agrees, what a code is worth, how it is renewed.

oauthlib writes and reads what travels; it makes no calls, so that they go through our guarded session.
"""

from __future__ import annotations

import logging
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, ClassVar

import httpx
from oauthlib.oauth2 import OAuth2Error, WebApplicationClient

from listeners.contract import Account, Clock
from listeners.exceptions import AuthFault, InputError, Malformed, Unavailable
from listeners.networks.addresses import base_url
from listeners.networks.rest import Rest

# At INFO httpx writes addresses, and with them tokens and the app's secret, into the log.
logging.getLogger("httpx").setLevel(logging.WARNING)
LONGEST_LIFE = timedelta(days=3650)
_OUR_FAULTS = frozenset({"invalid_client", "unauthorized_client", "redirect_uri_mismatch"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """What a vendor gave for a consent or a renewal; times as in `Login`."""

    secrets: Mapping[str, str] = field(repr=False)
    expires_at: datetime | None = None
    ends_at: datetime | None = None


class Flow(ABC):
    """One vendor's way to a token, for one account; it keeps nothing and renews nothing by itself."""

    label: ClassVar[str]
    page: ClassVar[str]
    """Where a person agrees."""
    api: ClassVar[str]
    """The host that answers for a code."""
    scopes: ClassVar[tuple[str, ...]]
    extra: ClassVar[Mapping[str, str]] = {}
    separator: ClassVar[str] = " "
    proves: ClassVar[bool] = True
    """Whether the vendor takes PKCE."""
    app: ClassVar[tuple[str, str]] = ("client_id", "client_secret")
    """Under which names the app's own keys are known."""
    needs_secret: ClassVar[bool] = True
    renew_ahead: ClassVar[timedelta | None] = None
    """How long before `expires_at` it is renewed; None where nothing can be renewed."""
    gives: ClassVar[tuple[str, ...]] = ("token", "refresh_token")
    """The secrets that it gets; the environment may hold none of them, or it is in charge."""
    replaces: ClassVar[tuple[str, ...]] = ()
    """The secrets of other ways that the network would use before those."""

    def __init__(self, account: Account, *, session: httpx.Client, clock: Clock) -> None:
        self.account, self.session, self.clock = account, session, clock

    @abstractmethod
    def finish(self, code: str, *, redirect_uri: str, verifier: str) -> Grant:
        """Exchange a code; raises AuthFault, Unavailable, Malformed or InputError."""

    def renew(self) -> Grant:
        """Get a new token for what is known; raises AuthFault when a person must log in again."""
        raise NotImplementedError(f"{self.label} renews nothing.")

    @classmethod
    def is_ruled_out(cls, given: Mapping[str, str]) -> bool:
        """Say whether the environment gives what would be used instead."""
        return any(given.get(name) for name in (*cls.gives, *cls.replaces))

    def missing(self) -> tuple[str, ...]:
        """Return which of the app's keys are not known yet."""
        wanted = self.app if self.needs_secret else self.app[:1]
        return tuple(name for name in wanted if not self.account.secrets.get(name))

    def address(self, *, redirect_uri: str, state: str, verifier: str) -> str:
        """Return the vendor's page on which a person agrees; raises InputError without the app's keys."""
        if missing := self.missing():
            raise InputError(f"{self.label}: there is no {missing[0]} yet.")
        challenge = self._client.create_code_challenge(verifier, "S256")
        proof = {"code_challenge": challenge, "code_challenge_method": "S256"} if self.proves else {}
        uri: str = self._client.prepare_request_uri(
            self.page,
            redirect_uri=redirect_uri,
            scope=self.separator.join(self.scopes),
            state=state,
            **proof,
            **self.extra,
        )
        return self._at_stand_in(uri)

    @property
    def client_id(self) -> str:
        """Return the app's public name."""
        return self.account.secrets.get(self.app[0], "")

    @property
    def client_secret(self) -> str:
        """Return the app's own secret, "" for none."""
        return self.account.secrets.get(self.app[1], "")

    @property
    def _client(self) -> WebApplicationClient:
        return WebApplicationClient(self.client_id)

    def _at_stand_in(self, uri: str) -> str:
        host = "/".join(self.page.split("/", 3)[:3])
        return base_url(self.account.settings, host) + uri.removeprefix(host)

    def _rest(self, headers: Mapping[str, str] | None = None) -> Rest:
        return Rest(
            label=self.label,
            session=self.session,
            base_url=base_url(self.account.settings, self.api),
            timeout_s=float(self.account.settings.get("timeout_s", 15.0)),
            clock=self.clock,
            renew=f"{self.label} refuses the log-in.",
            words=lambda body: "",
            headers=headers or {},
            judge=self._judge,
        )

    def _judge(self, response: httpx.Response, told: str) -> Exception | None:
        """Read a refusal; its words are left out, since they may hold a token."""
        if response.status_code == 429:
            return Unavailable(f"{self.label} asks for a pause before it logs anybody in.")
        if response.status_code not in (400, 401, 403):
            return None
        why = _error_code(response)
        if why in _OUR_FAULTS:
            return AuthFault(
                f"{self.label} refuses the app's own keys ({why}). Compare {' and '.join(self.app)} and the "
                "redirect address with those in its portal."
            )
        return AuthFault(
            f"{self.label} refuses the log-in ({why}). Connect the source again: Sources, Connect."
        )

    def _read(self, text: str) -> dict[str, Any]:
        """Read an answer with a token; raises Malformed."""
        try:
            told = dict(self._client.parse_request_body_response(text))
        except OAuth2Error as error:
            raise Malformed(f"{self.label}'s answer to the log-in holds no token ({error.error}).") from None
        clean_token(self.label, told.get("access_token"))
        return told

    def _until(self, seconds: object, now: datetime) -> datetime | None:
        """Read how long something lasts."""
        if isinstance(seconds, bool) or not isinstance(seconds, int | float | str):
            return None
        try:
            span = timedelta(seconds=float(seconds))
        except (ValueError, OverflowError):
            return None
        return now + span if timedelta(0) < span < LONGEST_LIFE else None


def clean_token(label: str, token: object) -> str:
    """Return a token that a header can carry; raises Malformed."""
    if isinstance(token, str) and token and token.isascii() and token.isprintable() and " " not in token:
        return token
    raise Malformed(f"{label}'s answer to the log-in holds no token that can be used.")


def _error_code(response: httpx.Response) -> str:
    try:
        error = response.json()["error"]
    except (ValueError, KeyError, TypeError):
        return str(response.status_code)
    code = error.get("code") if isinstance(error, dict) else error
    return (
        code
        if isinstance(code, str) and code.replace("_", "").isalpha() and len(code) < 40
        else str(code if isinstance(code, int) else response.status_code)
    )
