"""One call to a vendor over httpx: its answer is bounded in size and time, a failure on its way a fault."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Mapping
from typing import Any

import httpx

from listeners.exceptions import ListenerError, Malformed, OutcomeUnknown, Unavailable
from listeners.guard import bounded, packing_of

LARGEST_ANSWER = 20_000_000
"""How many bytes of an answer are read, unpacked."""
_NEVER_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)
_OF_THE_BODY = (b"content-encoding", b"content-length", b"transfer-encoding")


def exchange(
    session: httpx.Client, method: str, url: str, *, label: str, writes: bool, **rest: Any
) -> httpx.Response:
    """Make one call, follow nothing and return the answer with its whole body.

    Raises Unavailable when there is no answer in time and Malformed for one that is too large; where the
    call `writes` and was sent, both are OutcomeUnknown.
    """
    try:
        with session.stream(method, url, follow_redirects=False, **rest) as response:
            body = whole(response.iter_raw(), response.headers, label=label, writes=writes)
    except _NEVER_SENT as error:
        raise Unavailable(f"{label}: not sent ({type(error).__name__}).") from error
    except httpx.RequestError as error:
        raise lost(label, type(error).__name__, writes=writes) from error
    # As bytes: a header's text need not be ASCII.
    headers = [one for one in response.headers.raw if one[0].lower() not in _OF_THE_BODY]
    return httpx.Response(response.status_code, headers=headers, content=body, request=response.request)


def whole(chunks: Iterable[bytes], headers: Mapping[str, str], *, label: str, writes: bool) -> bytes:
    """Return a body unpacked.

    Raises Unavailable when it does not end in time and Malformed when it is too large, or OutcomeUnknown
    where the call `writes`.
    """
    try:
        return b"".join(bounded(chunks, packing_of(headers), LARGEST_ANSWER))
    except zlib.error as error:
        raise lost(label, "it cannot be unpacked", writes=writes) from error
    except (Malformed, Unavailable) as error:
        if writes:
            raise lost(label, str(error), writes=True) from error
        raise type(error)(f"{label}: {error}") from error


def lost(label: str, why: str, *, writes: bool) -> ListenerError:
    """Return the fault of a call that was sent, but whose answer did not arrive."""
    if writes:
        return OutcomeUnknown(f"{label}: sent, but the answer was lost ({why}).")
    return Unavailable(f"{label}: no answer ({why}).")
