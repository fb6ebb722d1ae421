"""What a person is told of a source that was tried."""

from __future__ import annotations

from collections.abc import Callable

from listeners.contract import Health
from listeners.exceptions import AuthFault, ListenerError, RateLimited, Unavailable


def health(label: str, read: Callable[[], object]) -> Health:
    """Try a reading and say whether the source works, else what to do."""
    try:
        read()
    except AuthFault as fault:
        return Health(ok=False, message=f"{label} refuses the log-in.", what_to_do=str(fault))
    except (RateLimited, Unavailable) as fault:
        return Health(ok=False, message=str(fault), what_to_do="Try again in some minutes.")
    except ListenerError as fault:
        what_to_do = f"Mend the query, the settings or the account's rights at {label}."
        return Health(ok=False, message=str(fault), what_to_do=what_to_do)
    return Health(ok=True, message=f"{label} shows what was written.")
