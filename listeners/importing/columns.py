"""Which column of a file holds what, told by the columns' names in German and English."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence

from listeners.cleaning import line
from listeners.exceptions import InputError

DOCUMENTED: Mapping[str, str] = {
    "id": "id",
    "text": "text",
    "title": "title",
    "posted_at": "posted_at",
    "edited_at": "edited_at",
    "kind": "kind",
    "url": "url",
    "language": "language",
    "parent_id": "parent_id",
    "thread_id": "thread_id",
    "reactions": "reactions",
    "shares": "shares",
    "rating": "rating",
    "deleted": "deleted",
    "photos": "photos",
    "author_id": "author.id",
    "author": "author.handle",
    "author_name": "author.name",
    "followers": "author.followers",
    "author_url": "author.url",
}
"""Each field, and where it stands in our own JSON of a post."""

_ALIASES: Mapping[str, str] = {
    "id": "id postid tweetid statusid idstr nativeid messageid commentid reviewid guid uuid beitragsid "
    "kommentarid nachrichtid bewertungsid kennung",
    "text": "text body message content comment posttext tweet tweettext fulltext review reviewtext "
    "reviewbody selftext caption snippet beitrag nachricht kommentar inhalt bewertungstext rezension posting",
    "title": "title subject headline reviewtitle titel betreff ueberschrift",
    "posted_at": "postedat created createdat createdutc date datetime time timestamp published publishedat "
    "pubdate postdate posted tweetcreated reviewdate datum zeit zeitpunkt zeitstempel erstellt erstelltam "
    "veroeffentlicht veroeffentlichtam gepostet gepostetam",
    "edited_at": "editedat updated updatedat modified modifiedat lastmodified geaendert geaendertam "
    "bearbeitet bearbeitetam",
    "kind": "kind type art typ",
    "url": "url link permalink permalinkurl posturl tweeturl adresse",
    "language": "language lang locale sprache",
    "parent_id": "parentid inreplyto inreplytoid inreplytostatusid replyto antwortauf",
    "thread_id": "threadid conversationid thread rootid gespraech",
    "reactions": "reactions likes likecount favoritecount favouritecount score ups gefaelltmir reaktionen",
    "shares": "shares retweets retweetcount sharecount reposts repostcount geteilt",
    "rating": "rating stars starrating sterne bewertung note",
    "deleted": "deleted isdeleted geloescht",
    "photos": "photos photo images image media bilder bild fotos foto",
    "author_id": "authorid userid useridstr fromid autorid nutzerid benutzerid verfasserid",
    "author": "authorhandle handle username userusername screenname userscreenname author user benutzername "
    "benutzer nutzername nutzer autor verfasser from",
    "author_name": "authorname displayname fullname userdisplayname name fromname anzeigename klarname",
    "followers": "followers followerscount followercount authorfollowers userfollowerscount abonnenten",
    "author_url": "authorurl profileurl userurl profil profillink",
}


def guess(headers: Iterable[str], *, overrides: Mapping[str, str]) -> dict[str, str]:
    """Return the header of each field that the file has; `overrides` come first.

    Raises InputError naming the headers when no text is among them or an override names another.
    """
    headers = list(dict.fromkeys(headers))
    found = _checked(overrides, headers)
    by_name = {_plain(header): header for header in reversed(headers)}
    for field, aliases in _ALIASES.items():
        names = [_plain(DOCUMENTED[field]), _plain(field), *aliases.split()]
        taken = set(found.values())
        choice = next(
            (by_name[name] for name in names if name in by_name and by_name[name] not in taken), None
        )
        if field not in found and choice is not None:
            found[field] = choice
    if not found.keys() & {"text", "title", "rating", "photos"}:
        raise InputError(
            f"No column looks like the text of a post. There are: {_listed(headers)}. "
            "Say which one it is: --map text=COLUMN"
        )
    return found


def read_overrides(pairs: Sequence[str]) -> dict[str, str]:
    """Read `field=column` pairs of the command line; raises InputError naming the fields that exist."""
    overrides: dict[str, str] = {}
    for pair in pairs:
        field, equals, column = pair.partition("=")
        if not equals or field not in DOCUMENTED:
            raise InputError(f"--map {pair}: write FIELD=COLUMN; the fields are {', '.join(DOCUMENTED)}.")
        overrides[field] = column
    return overrides


def _checked(overrides: Mapping[str, str], headers: Sequence[str]) -> dict[str, str]:
    for field, column in overrides.items():
        if column not in headers:
            raise InputError(
                f"--map {field}={column}: there is no such column. There are: {_listed(headers)}."
            )
    return dict(overrides)


def _listed(headers: Sequence[str]) -> str:
    shown = ", ".join(line(header, limit=40) or "(no name)" for header in headers[:20])
    return f"{shown} and {len(headers) - 20} more" if len(headers) > 20 else shown


def _plain(name: str) -> str:
    name = name.casefold()
    for umlaut, plain in (("ä", "ae"), ("ö", "oe"), ("ü", "ue")):
        name = name.replace(umlaut, plain)
    return re.sub(r"[^a-z0-9]", "", unicodedata.normalize("NFKD", name))
