from __future__ import annotations

import io
import os
import pty
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.utils import translation

from listeners.exceptions import InputError
from listeners.login.asking import Asker, read_secrets
from listeners.login.store import read
from listeners.models import Source
from listeners.networks.demo import DemoServer
from listeners.networks.registry import NETWORKS

pytestmark = pytest.mark.django_db
PROGRAM = [sys.executable, "-c", "from config.command import main; main()"]


class Terminal:
    """A person who answers one question after the other; what was typed unseen stays apart."""

    def __init__(self, answers: Iterable[str]) -> None:
        self._answers = iter(answers)
        self.said: list[str] = []
        self.hidden: list[str] = []

    def asker(self) -> Asker:
        return Asker(say=self.said.append, ask=self._ask, ask_hidden=self._ask_hidden)

    def _ask(self, question: str) -> str:
        self.said.append(question)
        return next(self._answers)

    def _ask_hidden(self, question: str) -> str:
        self.hidden.append(question)
        return next(self._answers)

    @property
    def text(self) -> str:
        return "\n".join(self.said)


def test_each_way_to_log_in_asks_for_its_own_secrets_unseen_and_says_where_to_get_them() -> None:
    terminal = Terminal(["2", "ck", "cs", "at", "ats"])
    answers = terminal.asker().secrets(NETWORKS["x"].needs, {})
    assert list(answers.secrets) == ["consumer_key", "consumer_secret", "access_token", "access_token_secret"]
    assert len(terminal.hidden) == 4 and "developer.x.com" in terminal.text and not answers.connects
    assert "ats" not in repr(answers)


def test_who_connects_in_the_console_is_asked_for_the_app_s_keys_only() -> None:
    answers = Terminal(["1", "id", ""]).asker().secrets(NETWORKS["x"].needs, {})
    assert dict(answers.secrets) == {"client_id": "id"} and answers.connects


def test_what_the_environment_gives_is_not_asked_again() -> None:
    terminal = Terminal(["k", ""])
    answers = terminal.asker().secrets(NETWORKS["trustpilot"].needs, {"api_secret": "s"})
    assert dict(answers.secrets) == {"api_key": "k"} and "given by the environment" in terminal.text


def test_what_is_needed_is_asked_until_it_is_there_and_a_wrong_number_is_asked_again() -> None:
    terminal = Terminal(["9", "x", "1", "", "id", ""])
    terminal.asker().secrets(NETWORKS["x"].needs, {})
    assert "1 to 4" in terminal.text and "This is needed." in terminal.text


def test_a_key_of_several_lines_is_read_from_its_file(tmp_path: Path) -> None:
    file = tmp_path / "key.p8"
    file.write_text("-----BEGIN\nKEY\n")
    terminal = Terminal(["issuer", "key", str(tmp_path / "none"), str(file)])
    answers = terminal.asker().secrets(NETWORKS["appstore"].needs, {})
    assert answers.secrets["private_key"] == "-----BEGIN\nKEY\n" and "cannot be read" in terminal.text


def test_a_german_terminal_is_asked_in_german() -> None:
    terminal = Terminal(["1", "id", ""])
    with translation.override("de"):
        terminal.asker().secrets(NETWORKS["x"].needs, {})
    assert "Wie meldet Kulanz sich an?" in terminal.text and "Rücksprungadresse" in terminal.text


@pytest.mark.parametrize("text", ["", "[]", "token=hush", '{"token": 3}'])
def test_secrets_of_a_script_that_cannot_be_read_are_refused_and_not_shown(text: str) -> None:
    with pytest.raises(InputError, match="JSON object") as raised:
        read_secrets(text, NETWORKS["x"].needs)
    assert "hush" not in str(raised.value)


def test_a_secret_that_a_network_does_not_know_is_refused() -> None:
    with pytest.raises(InputError, match="'tokn'"):
        read_secrets('{"tokn": "hush"}', NETWORKS["telegram"].needs)


def add(monkeypatch: pytest.MonkeyPatch, server: DemoServer, secrets: str, *more: str) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(secrets))
    call_command(
        "source", "add", "x", "zehnschritt", "--brand", "zehnschritt", "--slug", "one",
        "--set", f"base_url={server.url}/fakes/x", "--secrets-stdin", *more,
    )  # fmt: skip


def test_a_script_gives_secrets_on_standard_input_and_they_stay_out_of_the_database(
    server: DemoServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    add(monkeypatch, server, '{"token": "demo"}')
    source = Source.objects.get()
    assert source.state == "active" and read("one").secrets == {"token": "demo"}
    assert "demo" not in repr(Source.objects.values_list("query", "last_error", "cursor"))
    assert list(source.settings) == ["base_url"]


def test_a_source_whose_secrets_are_wrong_is_kept_paused_until_others_are_given(
    server: DemoServer, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(CommandError, match="kept paused") as raised:
        add(monkeypatch, server, '{"token": "hush"}')
    assert Source.objects.get().state == "paused"
    assert "hush" not in str(raised.value) + capsys.readouterr().out
    monkeypatch.setattr("sys.stdin", io.StringIO('{"token": "demo"}'))
    call_command("source", "secrets", "one", "--secrets-stdin")
    assert Source.objects.get().state == "active" and Source.objects.get().last_error == ""


def test_an_earlier_source_of_the_same_name_leaves_no_secrets_behind(
    server: DemoServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    add(monkeypatch, server, '{"token": "demo"}')
    Source.objects.all().delete()
    with pytest.raises(CommandError, match="kept paused"):
        add(monkeypatch, server, "{}")
    assert read("one").secrets == {}


def test_nobody_is_asked_where_nobody_sits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(""))
    with pytest.raises(CommandError, match="which network"):
        call_command("source", "add")
    call_command("source", "add", "webhook", "--brand", "zehnschritt", "--slug", "one")
    with pytest.raises(CommandError, match="--secrets-stdin"):
        call_command("source", "secrets", "one")


@pytest.mark.django_db(transaction=True)
def test_at_a_real_terminal_a_secret_is_not_shown_while_it_is_typed(tmp_path: Path) -> None:
    environment = {
        **os.environ,
        "KULANZ_VAR": str(tmp_path),
        "KULANZ_DATABASE_URL": "",
        "LANG": "de_DE.UTF-8",
    }
    environment.pop("LC_ALL", None)
    subprocess.run([*PROGRAM, "migrate", "-v0"], env=environment, check=True, timeout=120)
    mine, theirs = pty.openpty()
    with subprocess.Popen(
        [*PROGRAM, "source", "add", "webhook", "--brand", "zehnschritt"],
        env=environment, stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True,
    ) as program:  # fmt: skip
        os.close(theirs)
        shown = seen_until(mine, "hook_secret: ")
        os.write(mine, b"hush-hush\n")
        shown += rest_of(mine)
        assert program.wait(60) == 0, shown
    assert "Geheimnis" in shown and "hush" not in shown
    assert "hush-hush" in (tmp_path / "secrets" / "zehnschritt-webhook.json").read_text()


def seen_until(terminal: int, word: str) -> str:
    shown = ""
    while word not in shown:
        shown += os.read(terminal, 4096).decode()
    return shown


def rest_of(terminal: int) -> str:
    shown = b""
    while True:
        try:
            part = os.read(terminal, 4096)
        except OSError:
            break
        if not part:
            break
        shown += part
    os.close(terminal)
    return shown.decode()
