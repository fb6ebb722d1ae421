"""What a notice of deadlines says: which cases, how urgent, due when; nothing of who wrote."""

from __future__ import annotations

from collections.abc import Sequence

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from config.brand_files import brand
from config.environment import environment
from listeners.alarm_words import Words, moment
from responders.models import Case, DeadlineNotice

MOST_SHOWN = 10


def said(notice: DeadlineNotice, cases: Sequence[Case]) -> Words:
    """Say which cases are due soon or late, in the language of this installation."""
    with translation.override(settings.LANGUAGE_CODE):
        lines = [_line(case) for case in cases[:MOST_SHOWN]]
        if (rest := len(cases) - MOST_SHOWN) > 0:
            lines.append(_("and %(count)d more") % {"count": rest})
        title = _title(notice, len(cases)) % {"brand": brand(notice.brand).name, "count": len(cases)}
        return Words(f"Kulanz – {title}", "\n".join([*lines, *_link()]), is_over=False)


def _title(notice: DeadlineNotice, count: int) -> str:
    if notice.kind == DeadlineNotice.Kind.PAST:
        return ngettext("%(brand)s: %(count)d case is late", "%(brand)s: %(count)d cases are late", count)
    return ngettext("%(brand)s: %(count)d case is due soon", "%(brand)s: %(count)d cases are due soon", count)


def _line(case: Case) -> str:
    shown = {
        "case": case.pk,
        "level": case.get_level_display(),
        "time": moment(case.due_at or case.opened_at, case.brand),
    }
    return _("#%(case)d, urgency %(level)s, due %(time)s") % shown


def _link() -> list[str]:
    address = environment().console_url.rstrip("/")
    return [f"{address}/?view=risk"] if address else []
