"""`kulanz classify`: verdicts on lines of text."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from config.brand_files import UnknownBrand
from config.brand_files import brand as known
from sentiment.classifier import Classifier
from sentiment.exceptions import ModelError
from sentiment.judge import judge, reasons
from sentiment.service import classifier

_CHUNK = 1 << 16


class Command(BaseCommand):
    help = "Read posts from standard input, one a line, and write one JSON object a line with the verdict."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--language", default="", help="the posts' language (de, en); default: detect it")
        parser.add_argument("--brand", default="", help="the brand file whose terms and costs count")
        parser.add_argument("--why", action="store_true", help="add the words that carried each verdict")

    def handle(self, *, brand: str, **options: Any) -> None:
        try:
            model = classifier()
            slug = known(brand).slug if brand else ""
        except (ModelError, UnknownBrand) as fault:
            raise CommandError(str(fault)) from None
        try:
            for lines in _arriving(sys.stdin.fileno()):
                self._judge(lines, model, slug, options["language"], options["why"])
        except BrokenPipeError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())

    def _judge(self, lines: list[str], model: Classifier, brand: str, language: str, asks_why: bool) -> None:
        verdicts = judge(lines, [brand] * len(lines), [language] * len(lines), model=model)
        for text, verdict in zip(lines, verdicts, strict=True):
            row = {"text": text, **asdict(verdict)}
            if asks_why:
                row["why"] = [asdict(reason) for reason in reasons(text, verdict, brand, model=model)]
            self.stdout.write(json.dumps(row, ensure_ascii=False))
        self.stdout.flush()


def _arriving(descriptor: int) -> Iterator[list[str]]:
    """Yield whole lines as they arrive: one typed line is answered, a file goes in batches."""
    rest = b""
    while chunk := os.read(descriptor, _CHUNK):
        *lines, rest = (rest + chunk).split(b"\n")
        if lines:
            yield [line.decode(errors="replace").rstrip("\r") for line in lines]
    if rest:
        yield [rest.decode(errors="replace")]
