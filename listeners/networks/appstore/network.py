"""The App Store as the contract knows it."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
from pydantic import ValidationError

from listeners.contract import Allowance, OutgoingReply, Post
from listeners.exceptions import Gone, InputError, Malformed, OutcomeUnknown, RateLimited
from listeners.networks.addresses import base_url
from listeners.networks.allowances import allowance_key
from listeners.networks.appstore.needs import NEEDS
from listeners.networks.appstore.shapes import answer_post, review_post
from listeners.networks.extras import load
from listeners.networks.rest import Rest
from listeners.networks.reviews import Listed, Review, Reviews
from listeners.networks.shapes import read_each, reason

HOST = "api.appstoreconnect.apple.com"
RENEW = (
    "Apple refuses the key of this account. Make a new one in App Store Connect under Users and Access, "
    "Integrations, and set key_id, issuer_id and private_key in the environment."
)
_LEFT = re.compile(r"user-hour-lim:(\d{1,9});\s*user-hour-rem:(\d{1,9})")
_ID = re.compile(r"[0-9A-Za-z-]{1,64}")


class AppStore(Reviews):
    """The reviews of one app, as App Store Connect lists them.

    Query: the app's Apple ID, the number in its address. Settings: `base_url`, `timeout_s` (15),
    `page_size` (200). Secrets: `issuer_id`, `key_id` and `private_key`, the text of the .p8 file.
    Apple tells one date of a review, that of its last edit.
    """

    name, label, max_length = "appstore", "App Store", 5970
    needs = NEEDS
    page_size = 200

    def allowance_key(self) -> str:
        """Name what all calls of an account share: 3,500 in any hour."""
        return allowance_key(self.name, self.account, "calls")

    def _listed(self, token: str, size: int) -> Listed:
        params = {"sort": "-createdDate", "limit": size, "include": "response"}
        rest = self._rest()
        response = rest.call(
            "GET",
            f"{rest.base_url}/v1/apps/{self._app}/customerReviews",
            params=params | ({"cursor": token} if token else {}),
        )
        body = rest.object(response)
        if not isinstance(body.get("data"), list):
            raise Malformed("The App Store sent a page without its list of reviews.")
        posts, rejects = read_each(body["data"], self._read_item)
        following = _next_token(body.get("links"), rest.base_url)
        return Listed(
            posts=posts, rejects=rejects, token=following, allowance=self._allowance(response.headers)
        )

    def _review(self, native_id: str) -> Review:
        if not _ID.fullmatch(native_id):
            raise Gone("The App Store has no such review.")
        body = self._rest().read(f"/v1/customerReviews/{native_id}", {"include": "response"})
        try:
            answers = [
                answer_post(item, review_id=native_id, app=self._app) for item in body.get("included") or []
            ]
            return Review(self._read_item(body.get("data")), next(iter(answers), None))
        except (ValidationError, TypeError) as error:
            raise Malformed(f"The App Store's review cannot be read: {_why(error)}") from error

    def _answer(self, reply: OutgoingReply) -> Post:
        body = {
            "data": {
                "type": "customerReviewResponses",
                "attributes": {"responseBody": reply.text},
                "relationships": {"review": {"data": {"type": "customerReviews", "id": reply.mention_id}}},
            }
        }
        told = self._rest().write("POST", "/v1/customerReviewResponses", body)
        try:
            return answer_post(told.get("data"), review_id=reply.mention_id, app=self._app)
        except ValidationError as error:
            raise OutcomeUnknown(f"The App Store took a reply, but: {reason(error)}") from error

    def _read_item(self, item: Any) -> Post:
        return review_post(item, app=self._app)

    @property
    def _app(self) -> str:
        app = self.account.query.strip().removeprefix("id")
        if not re.fullmatch(r"[0-9]{1,12}", app):
            raise InputError(f"The App Store needs an app's Apple ID, its number, not {app!r}.")
        return app

    def _rest(self) -> Rest:
        keys = load("listeners.networks.appstore.keys", extra="appstore")
        token = keys.bearer(self.account.secrets, now=self.clock())
        return Rest(
            label=self.label,
            session=self.session,
            base_url=base_url(self.account.settings, f"https://{HOST}"),
            timeout_s=self._timeout_s,
            clock=self.clock,
            renew=RENEW,
            words=lambda body: body["errors"][0].get("detail") or body["errors"][0]["title"],
            headers={"Authorization": f"Bearer {token}"},
            judge=self._judge,
        )

    def _judge(self, response: httpx.Response, told: str) -> Exception | None:
        """Tell the hour's calls that are used up from Apple's other, shorter and silent limit."""
        left = _calls(response.headers)
        if response.status_code == 429 and left and left[1] == 0:
            return RateLimited("App Store: the calls of this hour are used up.")
        return None

    def _allowance(self, headers: httpx.Headers) -> Allowance | None:
        calls = _calls(headers)
        if calls is None:
            return None
        # The hour rolls: what is left now is the least there will be until then.
        resets_at = self.clock() + timedelta(hours=1)
        return Allowance(key=self.allowance_key(), limit=calls[0], left=calls[1], resets_at=resets_at)


def _calls(headers: httpx.Headers) -> tuple[int, int] | None:
    """Read how many calls an hour has and how many are left."""
    found = _LEFT.search(headers.get("X-Rate-Limit", ""))
    return (int(found[1]), int(found[2])) if found else None


def _next_token(links: Any, own: str) -> str:
    """Take the token out of the link to the next page, "" for none; the link itself is never called."""
    link = links.get("next") if isinstance(links, dict) else None
    if not link:
        return ""
    url = urlsplit(str(link))
    if url[:2] != urlsplit(own)[:2]:
        raise Malformed("App Store: the next page lies on another host; it is not fetched.")
    token = parse_qs(url.query).get("cursor", [""])[0]
    if not token:
        raise Malformed("App Store: the link to the next page has no cursor.")
    return token


def _why(error: Exception) -> str:
    return reason(error) if isinstance(error, ValidationError) else str(error)
