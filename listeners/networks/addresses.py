"""Where a network is reached: at its vendor's host, or where a source's `base_url` says."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from listeners.exceptions import InputError


def base_url(settings: Mapping[str, Any], default: str) -> str:
    """Return the setting `base_url`, else the vendor's own, without a slash at the end.

    Raises InputError unless it is https, or http on this machine, where the stand-ins are.
    """
    url = str(settings.get("base_url") or default).rstrip("/")
    parts = urlsplit(url)
    if parts.hostname and (parts.scheme == "https" or (parts.scheme == "http" and is_loopback(url))):
        return url
    raise InputError(f"The setting base_url must be https, or http on this machine, not {url!r}.")


def is_loopback(url: str) -> bool:
    """Say whether a URL's host is this machine by its name or number."""
    host = urlsplit(url).hostname or ""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
