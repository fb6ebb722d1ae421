"""What a network needs to be listened to, said so that a person can find it and a command can ask for it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

Kind = Literal["query", "setting", "secret"]


def gettext_noop(text: str) -> str:
    """Mark words for the catalogue; Django's own wants its settings, which the demo network runs without."""
    return text


_ = gettext_noop


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """One thing that a network reads; `label` and `where` are in the catalogue.

    Secrets of the same `way` belong together: a source needs one way whole. A secret without a way is
    wanted whatever the way; settings that are not `asked` for have a default that nearly all keep.
    """

    name: str
    kind: Kind
    label: str
    where: str = ""
    example: str = ""
    way: str = ""
    optional: bool = False
    asked: bool = True
    is_file: bool = False
    """Whether it is the text of a file, so that a person is asked for the file's name."""


def query(label: str, *, where: str = "", example: str = "", optional: bool = False) -> Need:
    """Say what a source's query is."""
    return Need(name="query", kind="query", label=label, where=where, example=example, optional=optional)


def setting(name: str, label: str, *, example: str = "", where: str = "", asked: bool = True) -> Need:
    """Say what a setting is that may be left out."""
    return Need(
        name=name, kind="setting", label=label, where=where, example=example, optional=True, asked=asked
    )


def secret(
    name: str, label: str, *, where: str, way: str = "", optional: bool = False, is_file: bool = False
) -> Need:
    """Say what a secret is and where in the vendor's portal it is made."""
    return Need(
        name=name, kind="secret", label=label, where=where, way=way, optional=optional, is_file=is_file
    )


BASE_URL = setting("base_url", _("Address of the API, for stand-ins"), asked=False)
TIMEOUT_S = setting("timeout_s", _("Seconds until a call is given up"), example="15", asked=False)
PAGE_SIZE = setting("page_size", _("Posts in a page"), example="100", asked=False)
USUAL = (BASE_URL, TIMEOUT_S, PAGE_SIZE)
"""Settings that nearly all networks read."""
STREAM = (
    setting("stream", _("Whether posts are also streamed as they are written"), example="true"),
    setting("silence_s", _("Seconds of silence after which a stream is taken for dead"), asked=False),
)
"""Settings of networks that stream."""
CONNECT = _("Connect the account in the console")
"""The way that needs an app's keys only: a person then agrees at the network."""


def ways(needs: Sequence[Need]) -> list[str]:
    """Return the ways to log in, in the order in which they are declared."""
    return list(dict.fromkeys(need.way for need in needs if need.way))


def missing(needs: Sequence[Need], secrets: Mapping[str, str], *, way: str) -> list[Need]:
    """Return the secrets that a way wants and that are not there."""
    wanted = [need for need in needs if need.kind == "secret" and need.way in ("", way)]
    return [need for need in wanted if not need.optional and not secrets.get(need.name)]
