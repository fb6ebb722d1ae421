"""Google Play as the contract knows it."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any, ClassVar

from pydantic import ValidationError

from listeners.contract import Allowance, Network, OutgoingReply, Post
from listeners.exceptions import Gone, InputError, Malformed, OutcomeUnknown
from listeners.networks.allowances import allowance_key
from listeners.networks.extras import load
from listeners.networks.google.login import google_rest
from listeners.networks.play.needs import NEEDS
from listeners.networks.play.shapes import own, read_edited, read_review
from listeners.networks.reviews import Listed, Review, Reviews
from listeners.networks.shapes import read_each, reason

HOST = "androidpublisher.googleapis.com"
SCOPE = "https://www.googleapis.com/auth/androidpublisher"
READS_AN_HOUR = 200
_ID = re.compile(r"[\w:.=-]{1,200}", re.ASCII)


class Play(Reviews):
    """The reviews with text of one app on Google Play that were written or edited in the last week.

    Query: the app's package name. Settings: `base_url`, `timeout_s` (15), `page_size` (100). Secrets:
    `service_account`, the text of the JSON key of an account that may answer reviews in the Play Console.
    Google tells one date of a review, that of its last edit, and never says that one was deleted: after
    a week all look as if they were. It allows 200 reads an hour, and does not say how many are left.
    """

    name, label, max_length = "play", "Google Play", 350
    needs = NEEDS
    poll_seconds = 1800.0
    keeps = timedelta(days=7)
    overlap: ClassVar[timedelta] = timedelta(days=7)
    page_size = 100
    # What cannot be read may merely be older than a week, so nothing is taken for deleted.
    recheck = Network.recheck

    def allowance_key(self) -> str:
        """Name what all readings of one app share."""
        return allowance_key(self.name, self.account, f"reads/{self.account.query.strip()}")

    def _listed(self, token: str, size: int) -> Listed:
        body = self._execute("list", maxResults=size, **({"token": token} if token else {}))
        reviews = body.get("reviews", [])
        if not isinstance(reviews, list):
            raise Malformed("Google Play sent a page without its list of reviews.")
        posts, rejects = read_each(reviews, self._read_item)
        return Listed(posts=posts, rejects=rejects, token=_next_token(body), allowance=self._allowance())

    def _review(self, native_id: str) -> Review:
        if not _ID.fullmatch(native_id):
            raise Gone("Google Play has no such review.")
        try:
            return read_review(self._execute("get", reviewId=native_id), package=self._package)
        except ValidationError as error:
            raise Malformed(f"Google Play's review cannot be read: {reason(error)}") from error

    def _answer(self, reply: OutgoingReply) -> Post:
        body = self._execute("reply", reviewId=reply.mention_id, body={"replyText": reply.text})
        result = body.get("result")
        try:
            taken = read_edited(result.get("lastEdited") if isinstance(result, dict) else None)
        except Malformed as error:
            raise OutcomeUnknown(f"Google Play took a reply, but: {error}") from error
        return own(reply.mention_id, reply.text, taken, self._package)

    def _read_item(self, item: Any) -> Post:
        return read_review(item, package=self._package).post

    def _execute(self, method: str, **parameters: Any) -> dict[str, Any]:
        client = load("listeners.networks.google.client", extra="google")
        package = self._package
        rest = google_rest(self, host=HOST, scope=SCOPE, timeout_s=self._timeout_s)
        calls = client.service("androidpublisher", "v3", rest.base_url).reviews()
        body: dict[str, Any] = client.execute(getattr(calls, method)(packageName=package, **parameters), rest)
        return body

    @property
    def _package(self) -> str:
        package = self.account.query.strip()
        if not re.fullmatch(r"[A-Za-z]\w*(\.[A-Za-z]\w*)+", package, re.ASCII):
            raise InputError(f"Google Play needs an app's package name, as org.example.app, not {package!r}.")
        return package

    def _allowance(self) -> Allowance:
        """Count by the clock: this call is one of the hour's, what others took is in the budget."""
        hour = self.clock().replace(minute=0, second=0, microsecond=0)
        return Allowance(
            key=self.allowance_key(),
            limit=READS_AN_HOUR,
            left=READS_AN_HOUR - 1,
            resets_at=hour + timedelta(hours=1),
        )


def _next_token(body: dict[str, Any]) -> str:
    told = body.get("tokenPagination")
    token = told.get("nextPageToken") if isinstance(told, dict) else None
    if token is not None and not (isinstance(token, str) and re.fullmatch(r"[\w=+.~-]{1,2000}", token)):
        raise Malformed("Google Play's token of the next page is none; it may lead to another host.")
    return token or ""
