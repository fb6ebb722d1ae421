"""What workers and the model service say to each other."""

from __future__ import annotations

from typing import Self

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, model_validator

from sentiment.verdict import Verdict

CLASSIFY = "/v1/classify"
HEALTH = "/healthz"
LARGEST = 4 * 2**20
"""Bytes of a request: more than any posts of `MOST_POSTS` and `LONGEST_TOGETHER` can have."""
MOST_POSTS = 64
LONGEST_TOGETHER = 200_000
"""Characters of all posts of a request, unless a single post has more."""

VERDICTS = TypeAdapter(list[Verdict])


class Broken(BaseModel):
    """What posts did to the model, as only the service says it and nothing else at its address."""

    unjudged: str


class Posts(BaseModel):
    """The posts of one request, and the networks' tags of their languages ("" where there is none)."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    texts: list[str] = Field(min_length=1, max_length=MOST_POSTS)
    languages: list[str]

    @model_validator(mode="after")
    def each_has_a_tag(self) -> Self:
        """Refuse tags that belong to no text."""
        if len(self.texts) != len(self.languages):
            raise ValueError(f"{len(self.texts)} texts have {len(self.languages)} languages")
        return self
