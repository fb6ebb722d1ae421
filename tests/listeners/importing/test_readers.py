from __future__ import annotations

import gzip
import json
import sys
from pathlib import Path

import pytest
import zstandard

from listeners.exceptions import InputError
from listeners.importing.lines import Broken, Row
from listeners.importing.readers import open_rows

ROWS = [{"id": "1", "text": "Größe passt"}, {"id": "2", "text": 'Sie sagte: "Nein,\nnie; wieder|!"'}]


def written(folder: Path, content: str | bytes, name: str = "posts") -> Path:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def read(folder: Path, content: str | bytes) -> list[Row | Broken]:
    opened = open_rows(written(folder, content))
    rows = list(opened.rows)
    opened.close()
    return rows


def table(delimiter: str, end: str = "\n") -> str:
    lines = [delimiter.join(("id", "text")), delimiter.join(("1", "Größe passt"))]
    quoted = '"' + ROWS[1]["text"].replace('"', '""') + '"'
    return end.join([*lines, delimiter.join(("2", quoted)), ""])


KINDS = {
    "comma": table(","),
    "semicolon": table(";"),
    "tab": table("\t"),
    "bar": table("|"),
    "windows": table(";", "\r\n"),
    "jsonl": "\n".join(json.dumps(row) for row in ROWS),
    "array": json.dumps(ROWS),
    "pretty array": json.dumps(ROWS, indent=2, ensure_ascii=False),
    "pretty objects": "\n".join(json.dumps(row, indent=2) for row in ROWS),
}


@pytest.mark.parametrize("content", KINDS.values(), ids=KINDS.keys())
@pytest.mark.parametrize("packing", ["plain", "gzip", "zstd", "two gzips"])
def test_every_kind_and_packing_gives_the_same_rows(tmp_path: Path, content: str, packing: str) -> None:
    raw = content.encode()
    half = len(raw) // 2
    packed = {
        "plain": raw,
        "gzip": gzip.compress(raw),
        "zstd": zstandard.compress(raw),
        "two gzips": gzip.compress(raw[:half]) + gzip.compress(raw[half:]),
    }[packing]
    assert [dict(row.cells) for row in read(tmp_path, packed) if isinstance(row, Row)] == ROWS


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252", "iso-8859-15"])
def test_every_usual_encoding_is_recognised(tmp_path: Path, encoding: str) -> None:
    text = "id;text\n1;Die Öse ist nach zwei Wochen gerissen, für 180 Mäuse. Das ist kein Spaß!\n" * 3
    rows = read(tmp_path, text.encode(encoding))
    assert isinstance(rows[0], Row)
    assert (
        list(rows[0].cells) == ["id", "text"]
        and "Öse" in rows[0].cells["text"]
        and "Spaß" in rows[0].cells["text"]
    )


def test_rows_are_numbered_by_their_first_line(tmp_path: Path) -> None:
    assert [row.line for row in read(tmp_path, 'text,id\n"a\nb",1\nc,2\n')] == [2, 4]


def test_commas_of_the_text_do_not_mislead(tmp_path: Path) -> None:
    rows = read(tmp_path, "id;text\n1;Ja, nein, ja, doch, ach\n2;Also, so, ja, geht, das\n")
    assert [len(row.cells) for row in rows if isinstance(row, Row)] == [2, 2]


def test_a_row_with_cells_too_many_is_broken_and_the_next_is_read(tmp_path: Path) -> None:
    first, second, third = read(tmp_path, "id,text\n1,Ja, nein\n2,Gut\n3\n")
    assert isinstance(first, Broken) and "3 cells where the header has 2" in first.reason
    assert isinstance(second, Row) and isinstance(third, Row)


def test_a_broken_line_of_jsonl_is_named(tmp_path: Path) -> None:
    good, broken, list_, last = read(tmp_path, '{"text": "a"}\n{"text": \n[1]\n{"text": "b"}\n')
    assert isinstance(broken, Broken) and broken.line == 2 and "not JSON" in broken.reason
    assert isinstance(list_, Broken) and "a list, not an object" in list_.reason
    assert isinstance(good, Row) and isinstance(last, Row)


def test_a_broken_array_is_read_up_to_where_it_breaks(tmp_path: Path) -> None:
    first, broken = read(tmp_path, '[{"text": "a"}, {"text": oops}, {"text": "b"}]')
    assert isinstance(first, Row) and isinstance(broken, Broken) and broken.line == 2


def test_an_array_larger_than_a_chunk_is_streamed(tmp_path: Path) -> None:
    items = [{"id": str(number), "text": "x" * 5000} for number in range(400)]
    assert len(read(tmp_path, json.dumps(items))) == 400


def test_a_packed_file_that_is_cut_short_ends_with_a_broken_row(tmp_path: Path) -> None:
    packed = gzip.compress(("id,text\n" + "".join(f"{n},text {n * 7919}\n" for n in range(99_999))).encode())
    *rows, last = read(tmp_path, packed[: len(packed) // 2 * 2 - 20])
    assert len(rows) > 1000 and isinstance(last, Broken) and "cannot be unpacked" in last.reason


HOSTILE = {
    "a megabyte in a cell": "id,text\n1," + "x" * 1_000_000 + "\n",
    "NULs": b"id,text\n1,a\0b\n",
    "broken UTF-8": b"id,text\n1,Gr\xc3\xb6\xc3\n2,\xf0\x9f\n",
    "a formula": 'id,text\n1,"=HYPERLINK(""http://x.example"")"\n',
    "HTML": "id,text\n1,<script>alert(1)</script>\n",
    "bidi controls": "id,text\n1,\u202egnirt\u202c\n",
    "ten thousand columns": ",".join(["text", *map(str, range(10_000))])
    + "\n"
    + ",".join(map(str, range(10_001)))
    + "\n",
    "a quote that never ends": 'id,text\n1,"a\n' + "2,b\n" * 1000,
    "a header alone twice": "text,text\na,b\n",
    "nested JSON": '{"text": "a", "x": ' + "[" * 50_000 + "]" * 50_000 + "}\n",
    "odd numbers": '{"text": "a", "id": NaN}\n{"text": "b", "id": 1e999}\n',
    "a huge number": '{"text": "a", "id": ' + "9" * 10_000 + "}\n",
}


@pytest.mark.parametrize("content", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_files_are_read_or_refused_row_by_row(tmp_path: Path, content: str | bytes) -> None:
    assert read(tmp_path, content)


def test_a_line_without_an_end_costs_no_memory(tmp_path: Path) -> None:
    path = written(tmp_path, b'{"text": "a"}\n{"text": "' + b"x" * 40_000_000 + b'"}\n{"text": "b"}\n')
    opened = open_rows(path)
    first, broken, last = list(opened.rows)
    opened.close()
    assert isinstance(broken, Broken) and "more than" in broken.reason and sys.getsizeof(broken.raw) < 1000
    assert isinstance(first, Row) and isinstance(last, Row)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is empty"),
        (b" \r\n\t", "is empty"),
        (b"\x1f\x8bnonsense", "cannot be unpacked"),
        (bytes(range(256)) * 40, "is not a text file"),
        (b"\x7fELF" + bytes(500), "is not a text file"),
        (b"PK\x03\x04" + bytes(500), "is not a text file"),
        (b"\x28\xb5\x2f\xfdnonsense", "cannot be unpacked"),
    ],
)
def test_a_file_that_holds_nothing_is_refused(tmp_path: Path, content: bytes, said: str) -> None:
    with pytest.raises(InputError, match=said):
        open_rows(written(tmp_path, content))


def test_a_folder_and_a_missing_file_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="is a folder"):
        open_rows(tmp_path)
    with pytest.raises(InputError, match="No such file"):
        open_rows(tmp_path / "nothing.csv")
