"""Asks the networks what is new: one DAG for each network with a pool of its own, one for all others."""

from __future__ import annotations

from datetime import timedelta

from airflow.sdk import dag, task

from config.schedule import listen_seconds, pool, pools
from dags.assets import POSTS
from dags.house import found, made

POOLS = pools()


def listening(network: str = "") -> None:
    """Make the DAG of one network; "" stands for all that have no pool."""
    name = f"listen_{network}" if network else "listen"

    @dag(
        **made(name, ends_within=timedelta(minutes=5), tags=("chain",), max_active_runs=3),
        schedule=timedelta(seconds=listen_seconds()),
    )
    def listen() -> None:
        """Fetches what is new from each source that is due, and stores it.

        `due` lists the sources whose time has come; each is fetched by a task of its own, on from where its
        cursor stands. A network named in `KULANZ_POOLS` has a DAG and a pool of its own, so that a slow one
        holds up no other. **Skipped** means that nothing was due, or nothing new.

        **Failed** is a fault of that one source, and its text says what to do. It is asked again by itself,
        later and later, and `watch_sources` tells people. Clearing does no harm: a source is asked by one
        task at a time, and what is stored already stays as it is.
        """

        @task(retries=0)
        def due() -> list[int]:
            from config.worker import due_sources

            return due_sources(network, but=list(POOLS))

        # The next tick tries again, when the source's own pause is over; alarms tell of it.
        @task(
            outlets=[POSTS],
            retries=0,
            on_failure_callback=None,
            execution_timeout=timedelta(minutes=2),
            map_index_template="source {{ task.op_kwargs['source_id'] }}",
            pool=pool(network) if network else "default_pool",
        )
        def fetch(source_id: int) -> int:
            from config.worker import listen_to

            return found(listen_to(source_id, seconds=20))

        fetch.expand(source_id=due())

    listen()


for each in ("", *POOLS):
    listening(each)
