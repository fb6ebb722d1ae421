"""What stands behind an id: other people's things are read and answered in another way than our own."""

from __future__ import annotations

import re
from dataclasses import dataclass

from listeners.exceptions import Gone

_FORM = re.compile(r"(?:media/([0-9]{1,40})(?:/([0-9]{1,40}))?|([0-9]{1,40}))", re.ASCII)


@dataclass(frozen=True, slots=True)
class Place:
    """Something on Instagram.

    `17` is ours or stands below what is ours; `media/17` is a photo of somebody else, `media/17/18` a
    comment below it. Instagram tells the two apart by nothing but the way to them.
    """

    media_id: str = ""
    comment_id: str = ""
    own_id: str = ""

    @classmethod
    def read(cls, native_id: str) -> Place:
        """Read an id of ours; raises Gone for anything else."""
        found = _FORM.fullmatch(native_id)
        if found is None:
            raise Gone("Instagram has no such post.")
        media_id, comment_id, own_id = found.groups(default="")
        return cls(media_id, comment_id, own_id)

    def below(self, comment_id: str) -> str:
        """Return our id of a comment that stands here."""
        return elsewhere(self.media_id, comment_id) if self.media_id else comment_id


def elsewhere(media_id: str, comment_id: str = "") -> str:
    """Return our id of somebody else's photo, or of a comment below it."""
    return f"media/{media_id}/{comment_id}" if comment_id else f"media/{media_id}"
