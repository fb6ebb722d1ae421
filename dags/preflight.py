"""Looks whether all parts work."""

from __future__ import annotations

from datetime import timedelta

from airflow.sdk import dag, task

from dags.house import made

PARTS = ("brands", "database", "model", "photos", "elasticsearch", "alarms", "people")


@dag(**made("preflight", ends_within=timedelta(minutes=15), tags=("watch",)), schedule="@hourly")
def preflight() -> None:
    """Shows each part of the installation green, or red with what to do in its log.

    The same as `kulanz check`. `sources` asks each network whether its account works, with the secrets in
    force: environment, Airflow connection or file. Trigger it after each change of the configuration.
    """

    def look(part: str) -> None:
        @task(task_id=part)
        def one() -> None:
            from config.worker import look

            look(part)

        one()

    for part in PARTS:
        look(part)

    @task
    def listened_to() -> list[str]:
        from config.worker import sources_to_look_at

        return sources_to_look_at()

    @task(map_index_template="{{ task.op_kwargs['slug'] }}")
    def source(slug: str) -> None:
        from config.worker import look_at_source

        look_at_source(slug)

    source.expand(slug=listened_to())


preflight()
