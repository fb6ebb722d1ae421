from __future__ import annotations

import base64
import re
import stat
import threading
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from config.env_file import VARIABLES, write


def values(path: Path) -> dict[str, str]:
    return dict(re.findall(r"^(\w+)=(.*)$", path.read_text(), flags=re.MULTILINE))


def test_secrets_are_made_once_and_only_their_owner_reads_them(tmp_path: Path) -> None:
    path = tmp_path / ".env"
    assert len(write(path).added) == len(VARIABLES)
    before = path.read_text()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert write(path).added == ()
    assert path.read_text() == before
    assert [one.name for one in tmp_path.iterdir()] == [".env"]


def test_no_secret_is_like_another_and_none_can_be_guessed(tmp_path: Path) -> None:
    write(tmp_path / ".env")
    made = values(tmp_path / ".env")
    secrets = [made[one.name] for one in VARIABLES if not one.is_choice]
    assert len(set(secrets)) == len(secrets)
    assert all(re.fullmatch(r"[\w=-]{44,}", secret) for secret in secrets)
    assert len(made["AIRFLOW_JWT_SECRET"]) >= 64
    assert len(base64.urlsafe_b64decode(made["AIRFLOW_FERNET_KEY"])) == 32


def test_what_stands_there_is_left_and_what_is_missing_is_added(tmp_path: Path) -> None:
    path = tmp_path / ".env"
    path.write_text("# mine\nKULANZ_SITE=care.example\nexport KULANZ_API_TOKEN='own'\nOTHER=1")
    path.chmod(0o644)
    added = {one.name for one in write(path).added}
    assert path.read_text().startswith(
        "# mine\nKULANZ_SITE=care.example\nexport KULANZ_API_TOKEN='own'\nOTHER=1\n#"
    )
    assert added == {one.name for one in VARIABLES} - {"KULANZ_SITE", "KULANZ_API_TOKEN"}
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_two_runs_at_once_agree_on_one_set_of_secrets(tmp_path: Path) -> None:
    runs = [threading.Thread(target=write, args=(tmp_path / ".env",)) for _ in range(8)]
    for run in runs:
        run.start()
    for run in runs:
        run.join()
    assert len(re.findall(r"^KULANZ_SECRET_KEY=", (tmp_path / ".env").read_text(), flags=re.MULTILINE)) == 1


def test_the_command_tells_names_and_never_a_secret(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / ".env"
    call_command("env", file=path)
    told = capsys.readouterr().out
    assert "KULANZ_SITE=localhost" in told and "POSTGRES_PASSWORD" in told
    assert not [one.name for one in VARIABLES if not one.is_choice and values(path)[one.name] in told]


@pytest.mark.parametrize("value", ["", "a b", 'p"w', "slash/at@", "$HOME"])
def test_a_secret_that_would_break_an_address_is_named_and_stays(tmp_path: Path, value: str) -> None:
    path = tmp_path / ".env"
    path.write_text(f"REDIS_PASSWORD={value}\n")
    with pytest.raises(CommandError, match="cannot be used: REDIS_PASSWORD"):
        call_command("env", file=path)
    assert values(path)["REDIS_PASSWORD"] == value
