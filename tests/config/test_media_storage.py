from __future__ import annotations

from pathlib import Path

import pytest

from config.environment import EnvironmentFault, read_environment
from tests.needs import need_module


def test_photos_lie_under_var_where_nothing_else_is_said(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("KULANZ_VAR", str(tmp_path))
    assert read_environment().media()["OPTIONS"]["location"] == tmp_path / "media"


def test_an_address_of_a_bucket_is_taken_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    need_module("storages", extra="s3")
    url = "s3://photos/kulanz/?endpoint=https://s3.example:9000&region=eu-central-1"
    monkeypatch.setenv("KULANZ_MEDIA_URL", url)
    options = read_environment().media()["OPTIONS"]
    assert (options["bucket_name"], options["location"]) == ("photos", "kulanz")
    assert (options["endpoint_url"], options["region_name"]) == ("https://s3.example:9000", "eu-central-1")


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("s3://AKIA:geheim@photos", "AWS_ACCESS_KEY_ID"),
        ("s3://photos?endpoint=https://a:geheim@s3.example", "endpoint"),
        ("s3://photos?secret=geheim", "write s3://bucket"),
        ("s3://[geheim", "write s3://bucket"),
        ("https://geheim.example/photos", "write s3://bucket"),
        ("s3://", "write s3://bucket"),
        ("geheim", "write s3://bucket"),
    ],
)
def test_an_address_that_leads_to_no_bucket_is_refused_and_not_repeated(
    monkeypatch: pytest.MonkeyPatch, url: str, said: str
) -> None:
    need_module("storages", extra="s3")
    monkeypatch.setenv("KULANZ_MEDIA_URL", url)
    with pytest.raises(EnvironmentFault, match=f"KULANZ_MEDIA_URL: .*{said}") as fault:
        read_environment()
    assert "geheim" not in str(fault.value)


def test_without_the_library_the_start_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("config.media_storage.find_spec", lambda name: None)
    monkeypatch.setenv("KULANZ_MEDIA_URL", "s3://photos")
    with pytest.raises(EnvironmentFault, match=r"pip install 'kulanz\[s3\]'"):
        read_environment()
