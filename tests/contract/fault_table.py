"""Writes the fault table of `docs/promises.md` from what pytest says of this folder.

    python -m pytest tests/contract --junitxml contract.xml; python -m tests.contract.fault_table contract.xml

A cell holds how many tests of that fault passed on that network; "failed" where one did not, "–" where the
network cannot meet the fault, "not run" where the result lacks it.
"""

from __future__ import annotations

import re
import sys
from collections import defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import MappingProxyType
from xml.etree import ElementTree

PAGE = Path(__file__).resolve().parents[2] / "docs" / "promises.md"
BEGIN, END = (
    "<!-- fault table: made by tests/contract/fault_table.py -->\n",
    "<!-- end of the fault table -->\n",
)

FAULTS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "429 with a time": (
            "test_a_rate_limit_says_when_to_come_back_in_each_way_of_the_network",
            "test_a_rate_limit_is_surely_not_sent",
        ),
        "429 without a time, or nonsense": ("test_a_missing_or_nonsense_retry_after_is_no_time",),
        "5xx or a cut line": (
            "test_a_fault_that_may_pass_is_transient_and_loses_nothing",
            "test_a_server_error_is_surely_not_sent_only_where_the_network_vouches_for_it",
        ),
        "hangs": (
            "test_a_network_that_hangs_is_left_after_the_timeout",
            "test_a_reply_that_times_out_is_unknown",
        ),
        "is not there": (
            "test_a_network_that_is_not_there_is_a_transient_fault",
            "test_a_refused_connection_is_surely_not_sent",
        ),
        "no JSON": ("test_an_answer_that_is_not_json_is_malformed",),
        "one malformed post": ("test_one_malformed_post_is_set_aside_and_the_others_are_kept",),
        "doubled, shuffled": ("test_doubled_and_shuffled_posts_all_arrive",),
        "late posts": (
            "test_posts_that_come_while_pages_are_read_are_not_missed",
            "test_a_post_that_appears_late_is_found_within_the_overlap",
        ),
        "edited, deleted": (
            "test_an_edited_post_comes_again_with_its_new_words",
            "test_a_deleted_post_comes_again_without_its_words",
            "test_a_deleted_post_cannot_be_answered",
        ),
        "token expired": (
            "test_an_expired_token_says_what_to_do_and_keeps_the_token_to_itself",
            "test_an_expired_token_refuses_a_reply",
        ),
        "forbidden, quota used": (
            "test_a_quota_that_is_used_up_asks_for_a_pause_and_keeps_the_source",
            "test_a_quota_that_is_used_up_is_surely_not_sent",
            "test_what_an_account_may_not_read_is_a_fault_of_its_own_and_not_a_dead_token",
            "test_what_an_account_may_not_post_is_refused_with_the_reason",
        ),
        "led to another host": (
            "test_a_link_to_another_host_gets_neither_a_call_nor_the_token",
            "test_a_redirect_to_another_host_gets_neither_a_call_nor_the_token",
            "test_a_redirected_reply_is_not_posted_elsewhere",
        ),
        "answer to a reply lost": (
            "test_a_reply_whose_answer_is_lost_is_unknown_and_then_found",
            "test_a_cut_before_the_effect_is_unknown_and_absent_once_the_network_has_settled",
            "test_a_reply_whose_answer_is_lost_stays_unknown_for_a_person_to_decide",
        ),
        "own replies unreadable": (
            "test_a_list_of_replies_that_ends_too_early_proves_nothing",
            "test_a_list_of_replies_that_cannot_be_read_proves_nothing",
            "test_a_search_that_gets_no_answer_is_to_be_repeated",
        ),
        "clock an hour late": ("test_a_network_whose_clock_is_an_hour_late_hides_no_reply",),
        "10,000 posts": ("test_ten_thousand_posts_are_all_read_while_no_page_no_cursor_and_no_memory_grows",),
    }
)
"""Which tests of the contract suite try a fault."""
ONLY_WHERE_READ_AGAIN = frozenset({"clock an hour late"})
"""Faults that a network which shows nothing again cannot meet."""


def main(result: Path) -> None:
    """Write the table into the page."""
    from tests.contract.fakes import FAKES

    text = PAGE.read_text(encoding="utf-8")
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    PAGE.write_text(before + BEGIN + table(sorted(FAKES), read(result)) + END + after, encoding="utf-8")


def read(result: Path) -> dict[tuple[str, str], list[bool]]:
    """Return whether each test passed, by its name and the network it ran on."""
    found: dict[tuple[str, str], list[bool]] = defaultdict(list)
    for case in ElementTree.parse(result).iter("testcase"):
        test, _, parameters = case.attrib["name"].partition("[")
        passed = not any(case.find(bad) is not None for bad in ("failure", "error", "skipped"))
        for network in re.split(r"[-\]]", parameters):
            found[test, network].append(passed)
    return found


def table(networks: Iterable[str], found: Mapping[tuple[str, str], list[bool]]) -> str:
    """Return the table, one line a network."""
    lines = [["network", *FAULTS], ["---"] * (len(FAULTS) + 1)]
    lines += [[name, *(cell(name, fault, found) for fault in FAULTS)] for name in networks]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def cell(network: str, fault: str, found: Mapping[tuple[str, str], list[bool]]) -> str:
    """Say what became of the tests of a fault on a network."""
    from tests.contract.fakes import FORGETFUL

    if network in FORGETFUL and fault in ONLY_WHERE_READ_AGAIN:
        return "–"
    outcomes = [passed for test in FAULTS[fault] for passed in found.get((test, network), ())]
    if not outcomes:
        return "not run"
    return f"{len(outcomes)} passed" if all(outcomes) else "failed"


if __name__ == "__main__":
    import django

    django.setup()
    main(Path(sys.argv[1]))
