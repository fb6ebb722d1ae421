from __future__ import annotations

from datetime import datetime

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction

from responders import audit
from responders.models import AuditEntry, AuditHead
from tests.factories import make_agent


def _write(count: int, now: datetime) -> list[AuditEntry]:
    agent = make_agent()
    return [
        audit.record("noted", agent=agent, case=None, now=now, number=number, ratio=0.5)
        for number in range(count)
    ]


@pytest.mark.django_db
def test_a_chain_that_nobody_touched_is_sound(now: datetime) -> None:
    entries = _write(5, now)
    assert [entry.previous_hash for entry in entries[1:]] == [entry.hash for entry in entries[:-1]]
    assert audit.first_broken() is None


@pytest.mark.django_db
@pytest.mark.parametrize("statement", ["UPDATE {} SET action = 'paid'", "DELETE FROM {}"])
def test_the_database_refuses_to_change_or_remove_an_entry(statement: str, now: datetime) -> None:
    _write(1, now)
    refused = pytest.raises(DatabaseError, match="never changed or removed")
    with refused, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement.format(AuditEntry._meta.db_table))


@pytest.mark.django_db
def test_an_entry_forged_past_the_guard_is_found(now: datetime, unguarded: None) -> None:
    entries = _write(5, now)
    AuditEntry.objects.filter(pk=entries[2].pk).update(detail={"number": 99})
    assert audit.first_broken() == entries[2]


@pytest.mark.django_db
def test_an_entry_taken_out_of_the_middle_is_found_at_its_successor(now: datetime, unguarded: None) -> None:
    entries = _write(5, now)
    AuditEntry.objects.filter(pk=entries[2].pk).delete()
    assert audit.first_broken() == entries[3]


@pytest.mark.django_db
@pytest.mark.parametrize("left", [0, 3])
def test_entries_cut_off_the_end_are_missed(left: int, now: datetime, unguarded: None) -> None:
    entries = _write(5, now)
    AuditEntry.objects.filter(pk__gte=entries[left].pk).delete()
    assert audit.inspect() == audit.Inspection(left, None, is_cut=True)


@pytest.mark.django_db
def test_the_command_says_whether_the_trail_is_sound(
    now: datetime, capsys: pytest.CaptureFixture[str], unguarded: None
) -> None:
    entries = _write(2, now)
    call_command("audit")
    assert "2 entries, each as it was written" in capsys.readouterr().out
    AuditEntry.objects.filter(pk=entries[1].pk).update(action="paid")
    with pytest.raises(CommandError, match=f"entry {entries[1].pk}"):
        call_command("audit")


@pytest.mark.django_db
def test_an_act_that_is_rolled_back_leaves_no_entry_and_no_gap(now: datetime) -> None:
    _write(1, now)
    with pytest.raises(RuntimeError), transaction.atomic():
        _write(1, now)
        raise RuntimeError
    _write(1, now)
    assert audit.first_broken() is None
    assert AuditEntry.objects.count() == 2
    assert AuditHead.objects.get().hash == AuditEntry.objects.last().hash  # type: ignore[union-attr]
