"""Naming what several sources draw on together, without telling a secret."""

from __future__ import annotations

import hashlib

from listeners.contract import Account


def allowance_key(network: str, account: Account, calls: str) -> str:
    """Name one kind of calls of one account: the same for all sources that have the same secrets.

    Where the token is renewed, each source has its own.
    """
    if account.renews:
        return f"{network}/{account.source}/{calls}"
    secrets = "\n".join(f"{name}={value}" for name, value in sorted(account.secrets.items()))
    return f"{network}/{hashlib.sha256(secrets.encode()).hexdigest()[:12]}/{calls}"
