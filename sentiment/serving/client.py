"""The workers' side of the model service."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache

import httpx
from pydantic import ValidationError

from sentiment.exceptions import ModelError, ModelUnavailable, Unjudged
from sentiment.labels import HEADS
from sentiment.serving.wire import CLASSIFY, LONGEST_TOGETHER, MOST_POSTS, VERDICTS, Broken, Posts
from sentiment.verdict import Verdict

TIMEOUT = httpx.Timeout(60, connect=5)
"""Seconds that an answer may take: a large model on a processor needs that for 64 posts."""


class RemoteModel:
    """Has posts judged by the model service. Safe to share between threads."""

    def __init__(self, url: str, *, token: str = "", timeout: httpx.Timeout = TIMEOUT) -> None:
        """Raises ModelError for an address that leads nowhere."""
        try:
            self._url = str(httpx.URL(url)).rstrip("/")
        except httpx.InvalidURL as fault:
            raise ModelError(f"KULANZ_MODEL_URL {url}: {fault}.") from None
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        # Posts go to the service and to no proxy that the environment names.
        self._client = httpx.Client(headers=headers, timeout=timeout, trust_env=False)

    def classify(self, texts: Sequence[str], languages: Sequence[str] | None = None) -> list[Verdict]:
        """Return one verdict a text, in order.

        Raises ModelUnavailable where the service does not answer, ModelError where it does not let us in, and
        Unjudged where the posts broke its model.
        """
        tags = list(languages) if languages is not None else [""] * len(texts)
        return [verdict for part in _parts(texts) for verdict in self._ask(list(texts[part]), tags[part])]

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def _ask(self, texts: list[str], tags: list[str]) -> list[Verdict]:
        body = Posts.model_construct(texts=texts, languages=tags).model_dump_json()
        try:
            answer = self._client.post(self._url + CLASSIFY, content=body)
        except httpx.HTTPError as fault:
            raise self._unavailable(f"does not answer ({type(fault).__name__}: {fault})") from fault
        if answer.status_code == httpx.codes.OK:
            return self._read(answer, len(texts))
        raise self._fault(answer)

    def _read(self, answer: httpx.Response, count: int) -> list[Verdict]:
        try:
            verdicts = VERDICTS.validate_json(answer.content)
        except ValidationError:
            verdicts = []
        if len(verdicts) != count or any(set(one.probabilities) != set(HEADS) for one in verdicts):
            raise self._unavailable("gives no verdicts: it is none, or of another version of Kulanz")
        return verdicts

    def _fault(self, answer: httpx.Response) -> ModelError | Unjudged:
        match answer.status_code:
            case 401:
                return ModelError(f"{self._url}: the model service refuses our KULANZ_MODEL_TOKEN.")
            case 413:
                return Unjudged(f"The model service takes no post as long as this: {answer.text[:300]}")
            case 422 if broken := _broken(answer):
                return Unjudged(f"The model service could not judge: {broken.unjudged[:300]}")
        return self._unavailable(f"answers {answer.status_code}: {answer.text[:300]}")

    def _unavailable(self, what: str) -> ModelUnavailable:
        way_out = "posts wait until it does; start kulanz serve-model or correct KULANZ_MODEL_URL"
        return ModelUnavailable(f"{self._url}: the model service {what}; {way_out}.")


def _broken(answer: httpx.Response) -> Broken | None:
    try:
        return Broken.model_validate_json(answer.content)
    except ValidationError:
        return None


@lru_cache(maxsize=1)
def remote_model(url: str, token: str) -> RemoteModel:
    """Return this process's side of the service, which keeps its connections open."""
    return RemoteModel(url, token=token)


def _parts(texts: Sequence[str]) -> Iterator[slice]:
    """Yield the parts of `texts` that one request may hold each."""
    begin = size = 0
    for at, text in enumerate(texts):
        if at > begin and (at - begin == MOST_POSTS or size + len(text) > LONGEST_TOGETHER):
            yield slice(begin, at)
            begin, size = at, 0
        size += len(text)
    if texts:
        yield slice(begin, len(texts))
