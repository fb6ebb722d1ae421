from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from listeners.exceptions import InputError
from listeners.importing.times import is_day_first, read_time

BERLIN = ZoneInfo("Europe/Berlin")


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("2026-11-24T10:00:00Z", (2026, 11, 24, 10, 0)),
        ("2026-11-24 10:00:00 +0100", (2026, 11, 24, 9, 0)),
        ("2015-02-24 11:35:52 -0800", (2015, 2, 24, 19, 35)),
        ("2026-11-24", (2026, 11, 23, 23, 0)),
        ("2026-07-24 10:00", (2026, 7, 24, 8, 0)),
        ("24.11.2026 10:00", (2026, 11, 24, 9, 0)),
        ("3.4.2026, 10:00 Uhr", (2026, 4, 3, 8, 0)),
        ("3. März 2026 um 14:05", (2026, 3, 3, 13, 5)),
        ("Di, 24. Dez. 2024 18:00", (2024, 12, 24, 17, 0)),
        ("24.11.26", (2026, 11, 23, 23, 0)),
        ("Tue Nov 24 10:00:00 +0000 2026", (2026, 11, 24, 10, 0)),
        ("24 Nov 2026 10:00 MESZ", (2026, 11, 24, 8, 0)),
        ("Nov 24, 2026 10:00 PM PST", (2026, 11, 25, 6, 0)),
        ("24 Nov 2026 10:00 XYZT", (2026, 11, 24, 9, 0)),
        ("12/11/2026 10:00", (2026, 11, 12, 9, 0)),
        ("1764000000", (2025, 11, 24, 16, 0)),
        (1764000000, (2025, 11, 24, 16, 0)),
        (1764000000.9, (2025, 11, 24, 16, 0)),
        ("1764000000000", (2025, 11, 24, 16, 0)),
        (1764000000000000, (2025, 11, 24, 16, 0)),
    ],
)
def test_times_are_read_as_they_were_meant(written: Any, meant: tuple[int, ...]) -> None:
    read = read_time(written, zone=BERLIN, day_first=True)
    assert read.replace(second=0, microsecond=0) == datetime(*meant, tzinfo=UTC)  # type: ignore[misc]
    assert read.tzinfo is UTC


@pytest.mark.parametrize(
    "written",
    [
        "",
        "soon",
        "5",
        "12:00",
        "Monday",
        "2026-13-45",
        "99.99.2026",
        "0000-00-00",
        "9" * 5000,
        "2026" + "9" * 80,
        "1e999",
        True,
        None,
        [],
        {},
        float("nan"),
        float("inf"),
        "2026-11-24 25:61",
        "0001-01-01",
        "[40.64, -73.77]",
    ],
)
def test_what_is_no_time_is_refused(written: Any) -> None:
    with pytest.raises(InputError, match="not a date"):
        read_time(written, zone=BERLIN, day_first=True)


@pytest.mark.parametrize(
    ("samples", "answer"),
    [
        (["24/12/2026"], True),
        (["12/24/2026"], False),
        (["1/2/2026", "3/13/2026"], False),
        (["1/2/2026"], True),
        ([None, "", 7], True),
    ],
)
def test_the_order_of_day_and_month_is_told_from_samples(samples: list[Any], answer: bool) -> None:
    assert is_day_first(samples, otherwise=True) is answer


def test_slashes_follow_the_order_and_dots_are_german() -> None:
    assert read_time("3/4/2026", zone=UTC, day_first=False).month == 3
    assert read_time("3.4.2026", zone=UTC, day_first=False).month == 4
