"""Joins requests that come at about the same time, so that the model reads them together."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sentiment.exceptions import ModelError
from sentiment.serving.wire import MOST_POSTS, Posts
from sentiment.verdict import Model, Verdict

WINDOW_S = 0.010
"""How long the first request waits for others, unless there are enough before."""
MOST_WAITING = 1024
"""Posts that may wait for the model; beyond that a request is turned away."""
LONG = 2000
"""Characters after which a post counts as one more."""

Answer = asyncio.Future[list[Verdict]]


@dataclass(frozen=True, slots=True, eq=False)
class _Wish:
    posts: Posts
    answer: Answer


class Batcher:
    """Lets the model judge one batch after the other, in a thread, while new requests gather."""

    def __init__(self, model: Callable[[], Model], *, most_waiting: int = MOST_WAITING) -> None:
        """Batches are judged by what `model` returns at that moment, so another champion is noticed."""
        self._model = model
        self._most_waiting = most_waiting
        self._wishes: asyncio.Queue[_Wish] = asyncio.Queue()
        self.waiting = 0
        """Posts without an answer, those that the model is reading included."""

    def enter(self, posts: Posts) -> Answer | None:
        """Return what will hold the posts' verdicts; None where too many wait already.

        The answer fails with ModelError where there is no model, with what the model raised where these posts
        broke it. One that is cancelled is not worked on.
        """
        size = sum(1 + len(text) // LONG for text in posts.texts)
        if self.waiting and self.waiting + size > self._most_waiting:
            return None
        answer: Answer = asyncio.get_running_loop().create_future()
        self.waiting += size
        answer.add_done_callback(lambda _: self._leave(size))
        self._wishes.put_nowait(_Wish(posts, answer))
        return answer

    def _leave(self, size: int) -> None:
        self.waiting -= size

    async def work(self) -> None:
        """Answer requests until cancelled."""
        while True:
            await self._answer(await self._next())

    async def _next(self) -> list[_Wish]:
        wishes = [await self._wishes.get()]
        ends = asyncio.get_running_loop().time() + WINDOW_S
        while sum(len(wish.posts.texts) for wish in wishes) < MOST_POSTS:
            try:
                async with asyncio.timeout_at(ends):
                    wishes.append(await self._wishes.get())
            except TimeoutError:
                break
        return [wish for wish in wishes if not wish.answer.done()]

    async def _answer(self, wishes: Sequence[_Wish]) -> None:
        """Judge the requests together; where that fails each alone, so that one spoils no other's."""
        if not wishes:
            return
        try:
            verdicts = iter(await asyncio.to_thread(self._judge, wishes))
        except Exception as fault:
            if len(wishes) == 1 or isinstance(fault, ModelError):
                _fail(wishes, fault)
                return
            for wish in wishes:
                await self._answer([wish])
            return
        for wish in wishes:
            own = [next(verdicts) for _ in wish.posts.texts]
            if not wish.answer.done():
                wish.answer.set_result(own)

    def _judge(self, wishes: Sequence[_Wish]) -> list[Verdict]:
        texts = [text for wish in wishes for text in wish.posts.texts]
        languages = [tag for wish in wishes for tag in wish.posts.languages]
        verdicts = self._model().classify(texts, languages)
        if len(verdicts) != len(texts):
            raise ValueError(f"the model gave {len(verdicts)} verdicts on {len(texts)} posts")
        return verdicts


def _fail(wishes: Sequence[_Wish], fault: Exception) -> None:
    for wish in wishes:
        if not wish.answer.done():
            wish.answer.set_exception(fault)
