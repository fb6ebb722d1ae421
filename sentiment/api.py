"""`POST /api/v1/classify`: verdicts for other programs."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Self

from django.http import HttpRequest, JsonResponse
from django.http.response import HttpResponseBase
from ninja import Router
from ninja.decorators import decorate_view
from pydantic import BaseModel, ConfigDict, Field, model_validator

from config.brand_files import brand
from sentiment.judge import judge, reasons
from sentiment.service import classifier
from sentiment.verdict import Verdict
from sentiment.why import Why

LARGEST = 2 * 2**20
"""Bytes of a request."""
MOST_POSTS = 64
MOST_EXPLAINED = 16
LONGEST = 10_000
"""Characters of one post."""
LONGEST_TOGETHER = 200_000
"""Characters of all posts of a request."""
LONGEST_EXPLAINED = 40_000


class Problem(BaseModel):
    """Why a request was not answered, and what to do."""

    detail: str


class GivenPost(BaseModel):
    """One post to judge."""

    model_config = ConfigDict(extra="forbid", strict=True)

    text: str = Field(max_length=LONGEST)
    language: str = Field(default="", max_length=35, pattern=r"^[A-Za-z0-9_-]*$")
    """The network's tag (`de`, `en-GB`) where there is one; without it the language is detected."""
    brand: str = Field(default="", max_length=50, pattern=r"^([a-z0-9][a-z0-9-]*)?$")
    """Name of the brand file whose terms and costs count."""


class Question(BaseModel):
    """The posts of one request, and whether the words that carried the verdicts are wanted."""

    model_config = ConfigDict(extra="forbid", strict=True)

    posts: list[GivenPost] = Field(min_length=1, max_length=MOST_POSTS)
    why: bool = False

    @model_validator(mode="after")
    def is_not_too_much(self) -> Self:
        """Refuse more than can be answered while somebody waits."""
        most, longest = (MOST_EXPLAINED, LONGEST_EXPLAINED) if self.why else (MOST_POSTS, LONGEST_TOGETHER)
        with_why = "with why, " if self.why else ""
        if len(self.posts) > most:
            raise ValueError(f"{with_why}a request may have {most} posts; send several")
        if sum(len(post.text) for post in self.posts) > longest:
            raise ValueError(f"{with_why}all posts together may have {longest:,} characters; send several")
        return self


class Judged(BaseModel):
    """What the model says of one post; `why` only where it was asked for."""

    verdict: Verdict
    why: tuple[Why, ...] | None = None


class Answer(BaseModel):
    """One result a post, in order."""

    results: list[Judged]


Run = Callable[..., HttpResponseBase]


def bearable(run: Run) -> Run:
    """Refuse bodies that are larger than all that may be asked at once, before anybody reads them."""

    @wraps(run)
    def guarded(request: HttpRequest, **path: object) -> HttpResponseBase:
        declared = int(request.META.get("CONTENT_LENGTH") or 0)
        if declared > LARGEST or len(request.body) > LARGEST:
            return JsonResponse(
                {"detail": f"A request may have {LARGEST:,} bytes; send several."}, status=413
            )
        return run(request, **path)

    return guarded


router = Router()


@router.post(
    "/classify",
    response={200: Answer, frozenset({400, 401, 403, 404, 413, 422, 429, 503}): Problem},
    summary="Judge posts",
)
@decorate_view(bearable)
def classify(request: HttpRequest, question: Question) -> Answer:
    """Judge up to 64 posts: sentiment, urgency, anger, intent and language, with probabilities.

    Weights of words are log-odds towards the answer; their places count characters (Unicode code points).
    """
    posts, model = question.posts, classifier()
    brands = [brand(post.brand).slug if post.brand else "" for post in posts]
    verdicts = judge([p.text for p in posts], brands, [p.language for p in posts], model=model)
    return Answer(
        results=[
            Judged(
                verdict=verdict,
                why=reasons(post.text, verdict, post.brand, model=model) if question.why else None,
            )
            for post, verdict in zip(posts, verdicts, strict=True)
        ]
    )
