from __future__ import annotations

from datetime import time
from pathlib import Path

import pytest

from config.brand_files import BrandFault, read_brand
from config.environment import EnvironmentFault, read_environment

EXAMPLE = Path(__file__).parents[2] / "config" / "brands" / "zehnschritt.yaml"


def with_lines(folder: Path, *lines: str) -> Path:
    """The example's file with these lines in place of its own about alerts and digests."""
    kept = [line for line in EXAMPLE.read_text().splitlines() if not line.startswith(("alerts:", "digest:"))]
    path = folder / "yours.yaml"
    path.write_text("\n".join([*kept, *lines]))
    return path


def test_quiet_hours_and_the_digests_hour_are_read_from_the_brand_file(tmp_path: Path) -> None:
    brand = read_brand(
        with_lines(
            tmp_path,
            'alerts: {quiet: "22:00-07:00", urgent_anyway: false}',
            "digest: {weekday: fri, at: 16:30}",
        )
    )
    assert brand.alerts.quiet and (brand.alerts.quiet.start, brand.alerts.quiet.end) == (time(22), time(7))
    assert not brand.alerts.urgent_anyway
    assert (brand.digest.weekday, brand.digest.at) == ("fri", time(16, 30))


def test_a_brand_that_says_nothing_has_no_quiet_hours_and_gets_its_digest_on_monday(tmp_path: Path) -> None:
    brand = read_brand(with_lines(tmp_path))
    assert brand.alerts.quiet is None and brand.alerts.urgent_anyway
    assert (brand.digest.weekday, brand.digest.at) == ("mon", time(8))


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('alerts: {quiet: "22:00"}', "alerts.quiet"),
        ('alerts: {quiet: "07:00-07:00"}', "begins when it ends"),
        ('digest: {weekday: monday, at: "08:00"}', "digest.weekday"),
        ("digest: {hour: 8}", "digest.hour"),
    ],
)
def test_a_mistake_is_named_with_its_line(tmp_path: Path, line: str, said: str) -> None:
    path = with_lines(tmp_path, line)
    with pytest.raises(BrandFault, match=f"yours.yaml, line {len(path.read_text().splitlines())}: .*{said}"):
        read_brand(path)


def test_an_address_for_digests_that_cannot_be_read_is_named_by_its_number(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("KULANZ_DIGEST_URLS", "json://localhost nonsense-pa55word")
    with pytest.raises(EnvironmentFault, match=r"KULANZ_DIGEST_URLS: .*address 2 of 2") as fault:
        read_environment()
    assert "pa55word" not in str(fault.value)
