"""Trustpilot as the contract knows it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, ClassVar
from urllib.parse import parse_qs, urlsplit

import httpx
from pydantic import ValidationError

from listeners.contract import OutgoingReply, Post
from listeners.exceptions import Gone, InputError, Malformed
from listeners.networks.addresses import base_url
from listeners.networks.rest import Rest
from listeners.networks.reviews import Listed, Review, Reviews
from listeners.networks.shapes import read_each, reason
from listeners.networks.trustpilot.needs import NEEDS
from listeners.networks.trustpilot.shapes import own, read_review, written_at

HOST = "api.trustpilot.com"
LOGIN = "/v1/oauth/oauth-business-users-for-applications/accesstoken"
RENEW = (
    "Trustpilot refuses the key of this application. Make a new one in Trustpilot Business under "
    "Integrations, and set api_key and api_secret in the environment."
)
_ID = re.compile(r"[0-9A-Za-z]{1,64}")


class Trustpilot(Reviews):
    """The reviews of one business unit, those written last first.

    Query: the business unit's id. Settings: `base_url`, `timeout_s` (15), `page_size` (100),
    `business_user` (the id of the user in whose name replies are written). Secrets: `api_key`, and
    `api_secret` to answer. It reads what is public: the private lists hold customers' addresses.
    """

    name, label = "trustpilot", "Trustpilot"
    needs = NEEDS
    # Trustpilot tells no limit; beyond this, something other than an answer was pasted.
    max_length = 5000
    page_size: ClassVar[int] = 100

    def _listed(self, token: str, size: int) -> Listed:
        number = int(token) if token.isascii() and token.isdecimal() else 1
        rest = self._public()
        params: dict[str, str | int] = {"orderBy": "createdat.desc", "perPage": size, "page": number}
        body = rest.read(f"/v1/business-units/{self._unit}/reviews", params)
        reviews = body.get("reviews")
        if not isinstance(reviews, list):
            raise Malformed("Trustpilot sent a page without its list of reviews.")
        posts, rejects = read_each(reviews, self._read_item)
        return Listed(posts=posts, rejects=rejects, token=_next_page(body.get("links"), rest.base_url))

    def _review(self, native_id: str) -> Review:
        if not _ID.fullmatch(native_id):
            raise Gone("Trustpilot has no such review.")
        try:
            return read_review(self._public().read(f"/v1/reviews/{native_id}"))
        except ValidationError as error:
            raise Malformed(f"Trustpilot's review cannot be read: {reason(error)}") from error

    def _answer(self, reply: OutgoingReply) -> Post:
        user = str(self.account.settings.get("business_user", ""))
        body = {"message": reply.text} | ({"authorBusinessUserId": user} if user else {})
        told = self._private().write("POST", f"/v1/private/reviews/{reply.mention_id}/reply", body)
        return own(reply.mention_id, reply.text, written_at(told) or self.clock())

    def _read_item(self, item: Any) -> Post:
        return read_review(item).post

    @property
    def _unit(self) -> str:
        unit = self.account.query.strip()
        if not re.fullmatch(r"[0-9a-f]{24}", unit):
            raise InputError(f"Trustpilot needs a business unit's id of 24 hexadecimal digits, not {unit!r}.")
        return unit

    def _public(self) -> Rest:
        return self._rest({"apikey": self._secret("api_key")})

    def _private(self) -> Rest:
        """Log in, which a lost answer does not make a reply."""
        rest, log_in = self._rest({}), (self._secret("api_key"), self._secret("api_secret"))
        form = {"grant_type": "client_credentials"}
        response = rest.call("POST", f"{rest.base_url}{LOGIN}", data=form, auth=httpx.BasicAuth(*log_in))
        token = rest.object(response).get("access_token")
        if not isinstance(token, str) or not token or not token.isascii() or not token.isprintable():
            raise Malformed("Trustpilot's answer to the log-in has no token.")
        return self._rest({"Authorization": f"Bearer {token}"})

    def _secret(self, name: str) -> str:
        secret = self.account.secrets.get(name, "")
        if not secret or not secret.isascii() or not secret.isprintable():
            raise InputError("Trustpilot needs the secrets api_key and, to answer, api_secret.")
        return secret

    def _rest(self, headers: Mapping[str, str]) -> Rest:
        return Rest(
            label=self.label,
            session=self.session,
            base_url=base_url(self.account.settings, f"https://{HOST}"),
            timeout_s=self._timeout_s,
            clock=self.clock,
            renew=RENEW,
            words=lambda body: body.get("message") or body.get("details"),
            headers=headers,
        )


def _next_page(links: Any, own_host: str) -> str:
    """Take the number out of the link to the next page, "" for none; the link itself is never called."""
    listed = links if isinstance(links, list) else []
    following = [link for link in listed if isinstance(link, dict) and link.get("rel") == "next-page"]
    if not following:
        return ""
    url = urlsplit(str(following[0].get("href", "")))
    if url[:2] != urlsplit(own_host)[:2]:
        raise Malformed("Trustpilot: the next page lies on another host; it is not fetched.")
    number = parse_qs(url.query).get("page", [""])[0]
    if not re.fullmatch(r"[0-9]{1,7}", number):
        raise Malformed("Trustpilot: the link to the next page has no number.")
    return number
