"""Faults that listening and sending can meet.

ListenerError
├── TransientFault            try again later, nothing to do for a person
│   ├── RateLimited           the network said when (`retry_at`)
│   ├── Unavailable           5xx, timeout, cut connection before anything was sent
│   └── StorageFault          the storage of photos does not work
├── TerminalFault             trying again changes nothing
│   ├── AuthFault             token dead: the only fault that disables a source
│   ├── Refused               the network will not take this reply (`reason`)
│   ├── Gone                  the post was deleted
│   └── Malformed             the answer is not what the network documents
├── OutcomeUnknown            a send whose answer was lost: look before trying again
└── InputError                a file, row or setting given by the user is wrong
"""

from __future__ import annotations

from datetime import datetime


class ListenerError(Exception):
    """Root of all faults of this room."""


class TransientFault(ListenerError):
    """Raised when the same call may succeed later."""


class RateLimited(TransientFault):
    """Raised when the network asks for a pause; `retry_at` is its word for how long, in UTC."""

    def __init__(self, message: str, *, retry_at: datetime | None = None) -> None:
        super().__init__(message)
        self.retry_at = retry_at


class Unavailable(TransientFault):
    """Raised on 5xx, timeouts and connections that fail before a request took effect."""


class StorageFault(TransientFault):
    """Raised when photos cannot be written, read or removed."""


class TerminalFault(ListenerError):
    """Raised when trying again cannot help."""


class AuthFault(TerminalFault):
    """Raised when the credentials are refused; its text says how to renew them."""


class Refused(TerminalFault):
    """Raised when the network understood a reply and will not post it."""


class Gone(TerminalFault):
    """Raised when the post no longer exists on the network."""


class Malformed(TerminalFault):
    """Raised when an answer cannot be read as the network documents it."""


class OutcomeUnknown(ListenerError):
    """Raised when a reply may or may not have been posted: `find_sent` must decide."""


class InputError(ListenerError):
    """Raised for input that a person gave and can mend; the text says what, where and how."""
