"""X's log-in of an account by consent: OAuth 2 with PKCE, tokens of two hours, refresh tokens that rotate."""

from __future__ import annotations

import base64
from datetime import timedelta

from listeners.login.flow import Flow, Grant, clean_token


class XFlow(Flow):
    """A user token; each renewal brings a new refresh token, and the one before is worth nothing then."""

    label = "X"
    page = "https://x.com/i/oauth2/authorize"
    api = "https://api.x.com"
    scopes = ("tweet.read", "tweet.write", "users.read", "dm.read", "dm.write", "offline.access")
    needs_secret = False
    renew_ahead = timedelta(minutes=10)
    replaces = ("consumer_key", "consumer_secret", "access_token", "access_token_secret")

    def finish(self, code: str, *, redirect_uri: str, verifier: str) -> Grant:
        """Exchange a code for a token and its refresh token."""
        form = self._client.prepare_request_body(
            code=code, redirect_uri=redirect_uri, code_verifier=verifier, include_client_id=True
        )
        return self._granted(form)

    def renew(self) -> Grant:
        """Spend the refresh token for new ones."""
        refresh_token = self.account.secrets.get("refresh_token", "")
        return self._granted(
            self._client.prepare_refresh_body(refresh_token=refresh_token, client_id=self.client_id)
        )

    def _granted(self, form: str) -> Grant:
        rest = self._rest(self._basic())
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        answer = rest.call("POST", f"{rest.base_url}/2/oauth2/token", content=form, headers=headers)
        told = self._read(answer.text)
        secrets = {"token": clean_token(self.label, told["access_token"])}
        if told.get("refresh_token"):
            secrets["refresh_token"] = clean_token(self.label, told["refresh_token"])
        expires_at = self._until(told.get("expires_in"), self.clock())
        return Grant(
            secrets=secrets,
            expires_at=expires_at,
            ends_at=None if "refresh_token" in secrets else expires_at,
        )

    def _basic(self) -> dict[str, str]:
        """Confidential apps prove themselves by their secret."""
        if not self.client_secret:
            return {}
        pair = base64.b64encode(f"{self.client_id}:{self.client_secret}".encode()).decode()
        return {"Authorization": f"Basic {pair}"}
