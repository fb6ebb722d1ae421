"""The fault table of the promises names every network and every fault that the contract suite tries."""

from __future__ import annotations

import re
from pathlib import Path

from tests.contract import test_reading, test_sending, test_volume
from tests.contract.fakes import FAKES
from tests.contract.fault_table import BEGIN, END, FAULTS, PAGE, read, table


def test_the_table_has_a_line_for_each_network_and_a_column_for_each_fault() -> None:
    lines = PAGE.read_text(encoding="utf-8").partition(BEGIN)[2].partition(END)[0].splitlines()
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    assert cells[0] == ["network", *FAULTS]
    assert [line[0] for line in cells[2:]] == sorted(FAKES)
    assert {len(line) for line in cells} == {len(FAULTS) + 1}


def test_each_fault_is_tried_by_tests_that_exist() -> None:
    known = {*vars(test_reading), *vars(test_sending), *vars(test_volume)}
    assert {test for tests in FAULTS.values() for test in tests} <= known


def test_a_cell_says_what_pytest_said(tmp_path: Path) -> None:
    result = tmp_path / "contract.xml"
    names = ["test_a_missing_or_nonsense_retry_after_is_no_time[soon-x_search]"] * 2
    names += ["test_doubled_and_shuffled_posts_all_arrive[x_search]"]
    cases = "".join(f'<testcase name="{name}"/>' for name in names)
    bad = '<testcase name="test_an_answer_that_is_not_json_is_malformed[x_search]"><failure/></testcase>'
    result.write_text(f"<testsuites><testsuite>{cases}{bad}</testsuite></testsuites>")
    (line,) = re.findall(r"\| x_search .*", table(["x_search"], read(result)))
    said = dict(zip(FAULTS, [cell.strip() for cell in line.strip("|").split("|")][1:], strict=True))
    assert said["429 without a time, or nonsense"] == "2 passed"
    assert said["doubled, shuffled"] == "1 passed"
    assert said["no JSON"] == "failed"
    assert said["hangs"] == "not run"
