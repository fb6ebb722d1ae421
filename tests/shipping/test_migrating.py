from __future__ import annotations

import os
import signal
import threading

import pytest
from django.core.management import call_command
from django.db import connection

from config.migrating import alone
from tests.shipping.killed import leave_the_database

pytestmark = pytest.mark.django_db(transaction=True)


def test_of_two_that_migrate_at_once_the_second_waits_and_says_so() -> None:
    order: list[str] = []
    waits, inside, done = threading.Event(), threading.Event(), threading.Event()

    def second() -> None:
        inside.wait(20)
        with alone(connection, told=waits.set):
            order.append("second")
        connection.close()
        done.set()

    thread = threading.Thread(target=second)
    thread.start()
    with alone(connection, told=lambda: pytest.fail("the first has nobody to wait for")):
        inside.set()
        assert waits.wait(20), "the second did not say that it waits"
        order.append("first")
    assert done.wait(20) and order == ["first", "second"]
    thread.join()


def test_the_lock_of_one_that_was_killed_is_free() -> None:
    leave_the_database()
    reader, writer = os.pipe()
    child = os.fork()
    if not child:
        with alone(connection, told=lambda: None):
            os.write(writer, b"held")
            signal.pause()
    assert os.read(reader, 4) == b"held"
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    took = threading.Event()

    def take() -> None:
        with alone(connection, told=lambda: None):
            took.set()
        connection.close()

    thread = threading.Thread(target=take)
    thread.start()
    assert took.wait(20)
    thread.join()


def test_the_command_leaves_no_lock_behind() -> None:
    call_command("migrate", verbosity=0)
    with alone(connection, told=lambda: pytest.fail("the command kept the lock")):
        pass
