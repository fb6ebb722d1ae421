"""The invented posts, people and reactions that the demo network plays, read from `stories/*.yaml`."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from listeners.exceptions import InputError

STORIES = Path(__file__).parent / "stories"
BRAND_HANDLE = "zehnschritt"
_T = TypeVar("_T")

NetworkKey = Literal[
    "appstore",
    "bluesky",
    "business",
    "facebook",
    "instagram",
    "mastodon",
    "play",
    "reddit",
    "telegram",
    "threads",
    "trustpilot",
    "x",
    "youtube",
]
Minutes = Annotated[float, Field(ge=0)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Author(_Strict):
    """One invented account; `joined` is "YYYY-MM"."""

    network: NetworkKey
    handle: str = ""
    name: str = ""
    followers: int | None = None
    joined: str = Field(default="", pattern=r"^(\d{4}-\d{2})?$")


class Answer(_Strict):
    """What a customer writes next, `after` story minutes."""

    text: str
    after: Minutes = 9
    photo: str = ""


class Answers(_Strict):
    """What a customer writes when asked for a photo, given something, answered otherwise, or ignored."""

    photo: Answer | None = None
    goodwill: Answer | None = None
    other: Answer | None = None
    ignored: Answer | None = None


class Edit(_Strict):
    """A later wording, `after` story minutes."""

    after: Minutes
    text: str


class Entry(_Strict):
    """One post; `at` is in story minutes after the start, negative for what stands there already."""

    id: str = ""
    by: str
    at: float
    text: str
    to: str = ""
    message: bool = False
    """Whether it is written to the brand alone."""
    photo: str = ""
    rating: int | None = Field(default=None, ge=1, le=5)
    likes: int = 0
    shares: int = 0
    edit: Edit | None = None
    delete_after: Minutes | None = None
    answers: Answers | None = None


class _File(_Strict):
    about: str
    people: dict[str, Author]
    posts: list[Entry]


@dataclass(frozen=True, slots=True)
class Script:
    """All people by their key and all posts by their id, in the order of the files."""

    people: dict[str, Author] = field(default_factory=dict)
    posts: dict[str, Entry] = field(default_factory=dict)


def read_script(folder: Path = STORIES) -> Script:
    """Read every story of a folder; raises InputError that names the file and what is wrong in it."""
    script = Script()
    for path in sorted(folder.glob("*.yaml")):
        story = _read_file(path)
        for key, person in story.people.items():
            _add(script.people, key, person, path)
        for number, entry in enumerate(story.posts, 1):
            _add(script.posts, entry.id or f"{path.stem}-{number}", entry, path)
    for name, entry in script.posts.items():
        _check(script, name, entry)
    return script


def is_brand(person: Author, key: str) -> bool:
    """Say whether an account is the brand's own."""
    return (person.handle or key) == BRAND_HANDLE


def thread_root(script: Script, name: str) -> str:
    """Return the id of the post that a post's conversation began with."""
    while parent := script.posts[name].to:
        name = parent
    return name


def _read_file(path: Path) -> _File:
    try:
        return _File.model_validate(YAML(typ="safe").load(path.read_text(encoding="utf-8")))
    except (YAMLError, ValidationError) as error:
        raise InputError(f"{path.name}: {error}") from error


def _add(into: dict[str, _T], key: str, value: _T, path: Path) -> None:
    if key in into:
        raise InputError(f"{path.name}: {key!r} is used twice; every person and post has a name of its own.")
    into[key] = value


def _check(script: Script, name: str, entry: Entry) -> None:
    if entry.by not in script.people:
        raise InputError(f"post {name!r}: nobody is called {entry.by!r}; add them to `people`.")
    if entry.to and entry.to not in script.posts:
        raise InputError(f"post {name!r}: it answers {entry.to!r}, which does not exist.")
    if entry.message and (entry.to or entry.answers is not None):
        raise InputError(f"post {name!r}: a message answers no post, and nothing is said below it.")
