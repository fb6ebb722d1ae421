"""Meta's log-in of a page by consent: a short token, then a long one, then the page's own."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, ClassVar

from listeners.contract import Account
from listeners.exceptions import InputError, Malformed
from listeners.login.flow import Flow, Grant, clean_token
from listeners.networks.rest import Rest

VERSION = "v26.0"
MOST_PAGES = 100


class FacebookFlow(Flow):
    """A page's token, which does not expire by itself; Meta ends its access to data after 90 days."""

    label = "Facebook"
    page = f"https://www.facebook.com/{VERSION}/dialog/oauth"
    api = "https://graph.facebook.com"
    separator = ","
    proves = False
    app = ("app_id", "app_secret")
    gives = ("token",)
    scopes: ClassVar[tuple[str, ...]] = (
        "pages_show_list",
        "pages_read_engagement",
        "pages_read_user_content",
        "pages_manage_engagement",
        "pages_messaging",
        "pages_manage_metadata",
    )
    edge: ClassVar[str] = ""
    """Where a page names the account that is meant; "" for the page itself."""

    def finish(self, code: str, *, redirect_uri: str, verifier: str) -> Grant:
        """Exchange a code for a token of the page that `account_id` names, or of the only one."""
        app = {"client_id": self.client_id, "client_secret": self.client_secret}
        short = self._exchanged({**app, "redirect_uri": redirect_uri, "code": code})
        long = self._exchanged({**app, "grant_type": "fb_exchange_token", "fb_exchange_token": short})
        token = self._page_token(self._rest({"Authorization": f"Bearer {long}"}))
        return Grant(secrets={"token": token}, ends_at=self._end_of(token))

    def _exchanged(self, query: Mapping[str, str]) -> str:
        rest = self._rest()
        told = self._read(
            rest.call("GET", f"{rest.base_url}/{VERSION}/oauth/access_token", params=query).text
        )
        return str(told["access_token"])

    def _page_token(self, rest: Rest) -> str:
        fields = f"id,name,access_token{f',{self.edge}{{id}}' if self.edge else ''}"
        listed = rest.read(f"/{VERSION}/me/accounts", {"fields": fields, "limit": MOST_PAGES}).get("data")
        pages = [page for page in listed if isinstance(page, dict)] if isinstance(listed, list) else []
        found = choose({self._id(page): page for page in pages if self._id(page)}, self.account, self.label)
        return clean_token(self.label, found.get("access_token"))

    def _id(self, page: Mapping[str, Any]) -> str:
        inner = page.get(self.edge) if self.edge else page
        return str(inner.get("id", "")) if isinstance(inner, dict) else ""

    def _end_of(self, token: str) -> datetime | None:
        """Ask when a token ends, by itself or by what it may still read."""
        rest = self._rest({"Authorization": f"Bearer {self.client_id}|{self.client_secret}"})
        data = rest.read(f"/{VERSION}/debug_token", {"input_token": token}).get("data")
        if not isinstance(data, dict):
            raise Malformed(f"{self.label} did not say when the token ends.")
        told = [data.get(name) for name in ("expires_at", "data_access_expires_at")]
        ends = [datetime.fromtimestamp(at, UTC) for at in told if isinstance(at, int) and 0 < at < 2**33]
        return min(ends, default=None)


class InstagramFlow(FacebookFlow):
    """The token of the page that an Instagram account is connected with."""

    label = "Instagram"
    scopes = (
        "instagram_basic",
        "instagram_manage_comments",
        "instagram_manage_messages",
        "pages_messaging",
        "pages_show_list",
        "pages_read_engagement",
        "pages_manage_metadata",
    )
    edge = "instagram_business_account"


def choose(pages: Mapping[str, dict[str, Any]], account: Account, label: str) -> dict[str, Any]:
    """Return the page that a source is about; raises InputError that lists what there is."""
    wanted = str(account.settings.get("account_id", ""))
    if wanted in pages:
        return pages[wanted]
    if len(pages) == 1 and not wanted:
        return next(iter(pages.values()))
    known = ", ".join(f"{page.get('name', '?')} ({number})" for number, page in pages.items()) or "none"
    if wanted:
        raise InputError(f"{label}: the consent covers no account {wanted}; it covers: {known}.")
    raise InputError(f"{label}: say which account is meant with the setting account_id; there are: {known}.")
