"""A table as a CSV file that spreadsheets open as it stands."""

from __future__ import annotations

import codecs
import csv
import io

from django.http import HttpResponse

from responders.console.table import Table

FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
"""A spreadsheet takes what begins so for a formula."""


def download(table: Table, *, filename: str) -> HttpResponse:
    """Return the table by RFC 4180 in UTF-8, with the mark by which spreadsheets know that it is."""
    body = io.StringIO()
    writer = csv.writer(body, lineterminator="\r\n")
    writer.writerow(map(harmless, (table.head, *(column.label for column in table.columns))))
    for row in table.rows:
        values = ("" if cell.value is None else cell.value for cell in row.cells)
        writer.writerow((harmless(row.key), *values))
    response = HttpResponse(
        codecs.BOM_UTF8 + body.getvalue().encode(), content_type="text/csv; charset=utf-8"
    )
    response["Content-Disposition"] = f'attachment; filename="{filename}.csv"'
    return response


def harmless(text: str) -> str:
    """Return the text so that no spreadsheet runs it."""
    return f"'{text}" if text.startswith(FORMULA) else text
