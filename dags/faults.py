"""Which faults Airflow tries again: those that pass by themselves; all others fail at once."""

from __future__ import annotations

from typing import Any

from airflow.sdk import RetryPolicy
from airflow.sdk.definitions.retry_policy import RetryAction, RetryDecision


class Faults(RetryPolicy):
    """Tries transient faults again, after the task's growing delays or when the network wants it.

    The rooms know which those are.
    """

    def evaluate(
        self, exception: BaseException, try_number: int, max_tries: int, context: Any = None
    ) -> RetryDecision:
        """Return what becomes of a task that failed."""
        from config.worker import passes_by_itself, pause

        if passes_by_itself(exception):
            return RetryDecision(action=RetryAction.RETRY, retry_delay=pause(exception))
        return RetryDecision(action=RetryAction.FAIL, reason="Trying again would change nothing.")
