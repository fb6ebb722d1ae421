"""YouTube's calls over Google's library: JSON comes back, or one of our faults."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from listeners.exceptions import Malformed, OutcomeUnknown
from listeners.networks.google.client import execute, service
from listeners.networks.rest import Rest
from listeners.networks.youtube.shapes import Endless

PAGE_SIZE = 100
DEEPEST = 20
"""How many pages of a thread's answers are read."""


class Api:
    """One channel's comments, for one call of ours; `readings` counts those that it made."""

    def __init__(self, rest: Rest) -> None:
        self._rest, self.readings = rest, 0
        self._service = service("youtube", "v3", rest.base_url)

    def threads(self, channel: str, token: str, size: int) -> tuple[list[Any], str]:
        """List a page of a channel's threads, those begun last first, and the next page's token."""
        return self._page(
            self._service.commentThreads().list(
                part="snippet,replies",
                allThreadsRelatedToChannelId=channel,
                order="time",
                maxResults=size,
                textFormat="plainText",
                pageToken=token or None,
            )
        )

    def thread(self, thread_id: str) -> list[Any]:
        """Read one thread; [] when it is gone."""
        part = "snippet,replies"
        threads = self._service.commentThreads()
        return self._page(threads.list(part=part, id=thread_id, textFormat="plainText"))[0]

    def answers(self, thread_id: str, size: int = PAGE_SIZE) -> Iterator[Any]:
        """Read all answers of a thread; raises Endless behind those that are read."""
        token = ""
        for _ in range(DEEPEST):
            page, token = self._page(
                self._service.comments().list(
                    part="snippet",
                    parentId=thread_id,
                    maxResults=size,
                    textFormat="plainText",
                    pageToken=token or None,
                )
            )
            yield from page
            if not token:
                return
        raise Endless(f"YouTube: the thread has more than {DEEPEST} pages of answers; the others are unread.")

    def comments(self, ids: Sequence[str]) -> list[Any]:
        """Read single comments; those that are gone are left out."""
        wanted = ",".join(ids)
        return self._page(self._service.comments().list(part="snippet", id=wanted, textFormat="plainText"))[0]

    def reply(self, thread_id: str, text: str) -> Any:
        """Write below a thread's first comment; the same words twice stand twice."""
        body = {"snippet": {"parentId": thread_id, "textOriginal": text}}
        told = execute(self._service.comments().insert(part="snippet", body=body), self._rest)
        if not isinstance(told.get("id"), str):
            raise OutcomeUnknown("YouTube took a reply, but did not say its id.")
        return told

    def _page(self, request: Any) -> tuple[list[Any], str]:
        self.readings += 1
        body = execute(request, self._rest)
        items, token = body.get("items", []), body.get("nextPageToken")
        if not isinstance(items, list):
            raise Malformed("YouTube sent a page without its list.")
        if token is not None and not (isinstance(token, str) and re.fullmatch(r"[\w=+.~-]{1,2000}", token)):
            raise Malformed("YouTube's token of the next page is none; it may lead to another host.")
        return items, token or ""
