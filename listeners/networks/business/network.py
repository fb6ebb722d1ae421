"""Google Business Profile as the contract knows it."""

from __future__ import annotations

import re
from typing import Any, ClassVar

from pydantic import ValidationError

from listeners.contract import OutgoingReply, Post
from listeners.exceptions import Gone, InputError, Malformed, OutcomeUnknown
from listeners.networks.business.needs import NEEDS
from listeners.networks.business.shapes import Reply, own, read_review
from listeners.networks.google.login import google_rest
from listeners.networks.rest import Rest
from listeners.networks.reviews import Listed, Review, Reviews
from listeners.networks.shapes import read_each, reason

HOST = "mybusiness.googleapis.com"
SCOPE = "https://www.googleapis.com/auth/business.manage"
_PLACE = re.compile(r"accounts/[0-9]{1,30}/locations/[0-9]{1,30}")
_ID = re.compile(r"[0-9A-Za-z_=-]{1,200}")


class Business(Reviews):
    """The reviews of one place, those edited last first.

    Query: `accounts/…/locations/…`, the name of a verified place. Settings: `base_url`, `timeout_s` (15),
    `page_size` (50). Secrets: `client_id`, `client_secret`, `refresh_token` of somebody who manages it.
    """

    name, label, max_length = "business", "Google Business Profile", 4096
    needs = NEEDS
    page_size: ClassVar[int] = 50

    @classmethod
    def length(cls, text: str) -> int:
        """Count bytes, as Google does here."""
        return len(text.encode())

    def _listed(self, token: str, size: int) -> Listed:
        params: dict[str, str | int] = {"pageSize": size, "orderBy": "updateTime desc"}
        body = self._rest().read(self._path, params | ({"pageToken": token} if token else {}))
        reviews, following = body.get("reviews", []), body.get("nextPageToken") or ""
        if not isinstance(reviews, list):
            raise Malformed(f"{self.label} sent a page without its list of reviews.")
        if not (isinstance(following, str) and re.fullmatch(r"[\w=+.~-]{0,2000}", following)):
            raise Malformed(f"{self.label}'s token of the next page is none; it may lead to another host.")
        posts, rejects = read_each(reviews, self._read_item)
        return Listed(posts=posts, rejects=rejects, token=following)

    def _review(self, native_id: str) -> Review:
        if not _ID.fullmatch(native_id):
            raise Gone(f"{self.label} has no such review.")
        try:
            return read_review(self._rest().read(f"{self._path}/{native_id}"))
        except ValidationError as error:
            raise Malformed(f"{self.label}'s review cannot be read: {reason(error)}") from error

    def _answer(self, reply: OutgoingReply) -> Post:
        path = f"{self._path}/{reply.mention_id}/reply"
        told = self._rest().write("PUT", path, {"comment": reply.text})
        try:
            return own(reply.mention_id, Reply.model_validate(told))
        except ValidationError as error:
            raise OutcomeUnknown(f"{self.label} took a reply, but: {reason(error)}") from error

    def _read_item(self, item: Any) -> Post:
        return read_review(item).post

    @property
    def _path(self) -> str:
        place = self.account.query.strip().strip("/")
        if not _PLACE.fullmatch(place):
            raise InputError(f"{self.label} needs a place as accounts/1/locations/2, not {place!r}.")
        return f"/v4/{place}/reviews"

    def _rest(self) -> Rest:
        return google_rest(self, host=HOST, scope=SCOPE, timeout_s=self._timeout_s)
