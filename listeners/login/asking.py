"""Asking a person for what a network needs, one thing after the other; secrets are not shown while typed."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _

from listeners.exceptions import InputError
from listeners.needs import CONNECT, Need, ways


@dataclass(frozen=True, slots=True)
class Answers:
    """What a person said; secrets stay out of its `repr`."""

    query: str = ""
    settings: Mapping[str, Any] = field(default_factory=dict)
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)
    connects: bool = False
    """Whether the account is to be connected in the console next."""


@dataclass(frozen=True, slots=True)
class Asker:
    """A terminal: `say` writes a line, `ask` reads one, `ask_hidden` reads one that is not shown."""

    say: Callable[[str], object]
    ask: Callable[[str], str]
    ask_hidden: Callable[[str], str]

    def choose(self, question: str, options: Sequence[str]) -> int:
        """Let a person choose; returns which."""
        self.say(question)
        for number, option in enumerate(options, 1):
            self.say(f"  {number}) {option}")
        while True:
            said = self.ask("> ").strip()
            if said.isascii() and said.isdecimal() and 1 <= int(said) <= len(options):
                return int(said) - 1
            self.say(_("Give a number from 1 to %(most)d.") % {"most": len(options)})

    def name(self, question: str, known: Mapping[str, str]) -> str:
        """Let a person choose one of the names that there are, each shown with what people call it."""
        return list(known)[self.choose(question, [f"{name} – {label}" for name, label in known.items()])]

    def secrets(self, needs: Sequence[Need], known: Mapping[str, str]) -> Answers:
        """Ask for the secrets that are not `known` yet, of one way to log in."""
        way = self._way(needs)
        wanted = [need for need in needs if need.kind == "secret" and need.way in ("", way)]
        told: dict[str, str] = {}
        for need in wanted:
            if known.get(need.name):
                self.say(_("%(label)s: given by the environment.") % {"label": _(need.label)})
            elif value := self._value(need):
                told[need.name] = value
        return Answers(secrets=told, connects=way == CONNECT)

    def settings(self, needs: Sequence[Need], known: Mapping[str, Any]) -> dict[str, Any]:
        """Ask for the settings that are worth a question."""
        wanted = [need for need in needs if need.kind == "setting" and need.asked and need.name not in known]
        told = {need.name: self._value(need) for need in wanted}
        return {name: value_of(text) for name, text in told.items() if text}

    def query(self, needs: Sequence[Need]) -> str:
        """Ask what to listen to; "" where a network has no queries."""
        return next((self._value(need) for need in needs if need.kind == "query"), "")

    def _way(self, needs: Sequence[Need]) -> str:
        known = ways(needs)
        if len(known) < 2:
            return known[0] if known else ""
        return known[self.choose(_("How does Kulanz log in?"), [_(way) for way in known])]

    def _value(self, need: Need) -> str:
        self._explain(need)
        while True:
            said = self._read(need)
            if said or need.optional:
                return said
            self.say(_("This is needed."))

    def _explain(self, need: Need) -> None:
        optional = _(" (may be left empty)") if need.optional else ""
        self.say(f"\n{_(need.label)}{optional}")
        if need.where:
            self.say(_("  where: %(place)s") % {"place": _(need.where)})
        if need.example:
            self.say(_("  such as: %(example)s") % {"example": need.example})

    def _read(self, need: Need) -> str:
        if need.is_file:
            return self._file(self.ask(_("Path of the file: ")).strip())
        if need.kind == "secret":
            return self.ask_hidden(f"{need.name}: ").strip()
        return self.ask(f"{need.name}: ").strip()

    def _file(self, path: str) -> str:
        if not path:
            return ""
        try:
            return Path(path).expanduser().read_text()
        except (OSError, ValueError) as error:
            self.say(_("This file cannot be read: %(why)s") % {"why": type(error).__name__})
            return ""


def value_of(text: str) -> Any:
    """Read a setting's value; what is JSON is taken as such."""
    try:
        return json.loads(text)
    except ValueError:
        return text


def read_secrets(text: str, needs: Sequence[Need]) -> dict[str, str]:
    """Read secrets that a script gives as a JSON object; raises InputError that shows none of them."""
    try:
        told = json.loads(text)
    except ValueError:
        told = None
    if not isinstance(told, dict) or not all(isinstance(value, str) for value in told.values()):
        raise InputError('Secrets are read as a JSON object of texts: {"token": "..."}')
    known = {need.name for need in needs if need.kind == "secret"}
    if strange := sorted(set(told) - known):
        raise InputError(
            f"There is no secret {strange[0]!r}; there are: {', '.join(sorted(known)) or 'none'}."
        )
    return {name: value for name, value in told.items() if value}
