"""What is said of an incident, in the language of this installation."""

from __future__ import annotations

import re
from collections.abc import Iterator

from django.conf import settings
from django.urls import reverse
from django.utils import translation
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from config.brand_files import brand
from config.environment import environment
from listeners.alarm_words import Words, moment
from listeners.models import Mention
from listeners.networks.registry import label
from trends.masking import mask, region_of
from trends.models import Incident, Notice

EXCERPT = 160
_DISARMED = str.maketrans({"@": "@\N{ZERO WIDTH SPACE}", "/": "/\N{ZERO WIDTH SPACE}", "<": "‹", ">": "›"})
_DOMAIN_DOT = re.compile(r"(?<=\w)\.(?=\w)")


def incident_words(kind: Notice.Kind, incident: Incident) -> Words:
    """Say that an incident began, doubled or is over, as it stands now."""
    with translation.override(settings.LANGUAGE_CODE):
        title = f"{brand(incident.brand).name}: {_title(kind, incident)}"
        is_over = kind == Notice.Kind.OVER
        lines = [*said_of(incident), *([] if is_over else _examples(incident)), *_link(incident)]
        return Words(f"Kulanz – {title}", "\n".join(lines), is_over)


def _title(kind: Notice.Kind, incident: Incident) -> str:
    what = {"what": incident.get_kind_display(), "where": where(incident)}
    if incident.is_none:
        return _("%(what)s %(where)s: was no incident") % what
    if kind == Notice.Kind.OVER:
        return _("%(what)s %(where)s: over") % what
    if kind == Notice.Kind.DOUBLED:
        return _("%(what)s %(where)s: twice as many as at first") % what
    return _("suddenly many %(what)s %(where)s") % what


def where(incident: Incident) -> str:
    """Say on which network an incident is."""
    return (
        _("on %(network)s") % {"network": label(incident.network)}
        if incident.network
        else _("on all networks")
    )


def said_of(incident: Incident) -> Iterator[str]:
    """Say since when, how much above the usual number, and how far it is heard."""
    times = {"start": moment(incident.began_at, incident.brand)}
    if incident.ended_at:
        yield _("From %(start)s to %(end)s.") % {**times, "end": moment(incident.ended_at, incident.brand)}
    else:
        yield _("Since %(start)s.") % times
    yield how_many(incident)
    yield _("Reach: %(reach)s followers.") % {"reach": _number(incident.reach)}
    if incident.copies:
        form = ngettext(
            "%(n)s of them repeats a campaign's text.",
            "%(n)s of them repeat a campaign's text.",
            incident.copies,
        )
        yield form % {"n": _number(incident.copies)}


def how_many(incident: Incident) -> str:
    """Say how many posts it has, against the usual number."""
    numbers = {
        "n": _number(incident.count),
        "usual": _number(round(incident.expected)),
        "times": number_format(incident.count / max(incident.expected, 1), 1),
    }
    if incident.expected < 1:
        return _("Posts: %(n)s; hardly any is usual in that time.") % numbers
    return _("Posts: %(n)s; usual in that time: %(usual)s (%(times)s times as many).") % numbers


def _examples(incident: Incident) -> Iterator[str]:
    """Quote the examples without numbers and addresses of people, since chats keep what they are told."""
    region = region_of(brand(incident.brand))
    for mention in incident.examples.select_related("author", "case_mention").order_by("-posted_at", "pk"):
        if not mention.deleted_at:
            said = harmless(mask(mention.text, region=region), EXCERPT)
            yield f"– {harmless(mention.author.handle, 40)}: {said}"
            yield from _case_link(mention)


def harmless(text: str, most: int) -> str:
    """Put a post's words on one line, in which no chat finds a command, a link or somebody to call."""
    words = " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())
    words = words if len(words) <= most else f"{words[: most - 1]}…"
    return _DOMAIN_DOT.sub(".\N{ZERO WIDTH SPACE}", words.translate(_DISARMED))


def _case_link(mention: Mention) -> Iterator[str]:
    link = getattr(mention, "case_mention", None)
    base = environment().console_url.rstrip("/")
    if link and base:
        yield f"  {base}{reverse('case', args=[link.case_id])}"


def _link(incident: Incident) -> list[str]:
    base = environment().console_url.rstrip("/")
    return [f"{base}{reverse('incident', args=[incident.pk])}"] if base else []


def _number(number: int) -> str:
    return number_format(number, force_grouping=True)
