"""Threads' log-in of an account by consent: a token of an hour, then one of 60 days that can be renewed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from urllib.parse import urlencode

from listeners.login.flow import Flow, Grant, clean_token


class ThreadsFlow(Flow):
    """A long-lived token; the renewed one is another, and the one before goes on until its end."""

    label = "Threads"
    page = "https://threads.net/oauth/authorize"
    api = "https://graph.threads.net"
    separator = ","
    proves = False
    app = ("app_id", "app_secret")
    gives = ("token",)
    scopes = (
        "threads_basic",
        "threads_content_publish",
        "threads_manage_mentions",
        "threads_manage_replies",
        "threads_read_replies",
    )
    renew_ahead = timedelta(days=30)

    def finish(self, code: str, *, redirect_uri: str, verifier: str) -> Grant:
        """Exchange a code for a short token, and that for a long one."""
        app = {"client_id": self.client_id, "client_secret": self.client_secret}
        form = {**app, "grant_type": "authorization_code", "redirect_uri": redirect_uri, "code": code}
        rest = self._rest()
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        answer = rest.call(
            "POST", f"{rest.base_url}/oauth/access_token", content=urlencode(form), headers=headers
        )
        short = str(self._read(answer.text)["access_token"])
        query = {
            "grant_type": "th_exchange_token",
            "client_secret": self.client_secret,
            "access_token": short,
        }
        return self._granted("access_token", query)

    def renew(self) -> Grant:
        """Get another token while this one still holds."""
        token = self.account.secrets.get("token", "")
        return self._granted(
            "refresh_access_token", {"grant_type": "th_refresh_token", "access_token": token}
        )

    def _granted(self, path: str, query: Mapping[str, str]) -> Grant:
        rest = self._rest()
        told = self._read(rest.call("GET", f"{rest.base_url}/{path}", params=query).text)
        ends_at = self._until(told.get("expires_in"), self.clock())
        return Grant(
            secrets={"token": clean_token(self.label, told["access_token"])},
            expires_at=ends_at,
            ends_at=ends_at,
        )
