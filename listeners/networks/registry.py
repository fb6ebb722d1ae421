"""The networks that Kulanz speaks, and how one is opened for a source."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import httpx

from listeners.contract import Account, Clock, Network
from listeners.exceptions import InputError
from listeners.guard import guarded_session
from listeners.login.accounts import secrets_of
from listeners.login.renew import fresh_secrets
from listeners.login.store import read
from listeners.models import Source
from listeners.networks.addresses import is_loopback
from listeners.networks.appstore import AppStore
from listeners.networks.bluesky import Bluesky
from listeners.networks.business import Business
from listeners.networks.demo import DEMO_NETWORKS
from listeners.networks.facebook import Facebook
from listeners.networks.feed import Feed
from listeners.networks.file import File
from listeners.networks.instagram import Instagram
from listeners.networks.mastodon import Mastodon
from listeners.networks.numbers import refuse_nonsense
from listeners.networks.play import Play
from listeners.networks.reddit import Reddit
from listeners.networks.telegram import Telegram
from listeners.networks.threads import Threads
from listeners.networks.trustpilot import Trustpilot
from listeners.networks.webhook import Webhook
from listeners.networks.x import X
from listeners.networks.youtube import YouTube

_ALL: tuple[type[Network], ...] = (
    AppStore,
    Bluesky,
    Business,
    Facebook,
    Feed,
    File,
    Instagram,
    Mastodon,
    Play,
    Reddit,
    Telegram,
    Threads,
    Trustpilot,
    Webhook,
    X,
    YouTube,
    *DEMO_NETWORKS,
)
NETWORKS: Mapping[str, type[Network]] = MappingProxyType({network.name: network for network in _ALL})


def open_network(source: Source, *, clock: Clock) -> Network:
    """Open the network of a source, with its secrets in force, renewed where that is due.

    Raises InputError for a network that this installation does not speak and for settings that make no
    sense, and as `fresh_secrets`.
    """
    return _made(source, fresh_secrets(source, clock=clock), clock)


def network_of(source: Source, *, clock: Clock) -> Network:
    """Make the network of a source and ask nobody anything: for what needs no log-in.

    Raises InputError as `open_network`.
    """
    return _made(source, secrets_of(source.slug), clock)


def _made(source: Source, secrets: Mapping[str, str], clock: Clock) -> Network:
    network = NETWORKS.get(source.network)
    if network is None:
        raise InputError(
            f"Source {source.slug}: there is no network {source.network!r}; there are: {', '.join(NETWORKS)}."
        )
    refuse_nonsense(source.settings, source=source.slug)
    return network(account_of(source, secrets), session=session_of(source), clock=clock)


def session_of(source: Source) -> httpx.Client:
    """Return the client for what a source points to: this machine only for the demo and for stand-ins."""
    network = NETWORKS.get(source.network)
    is_here = is_loopback(str(source.settings.get("base_url", "")))
    return guarded_session(loopback=is_here or (network is not None and network.local))


def photo_url(source: Source, url: str, *, clock: Clock) -> str:
    """Return where a photo is fetched; only networks that hide addresses are asked for it."""
    network = NETWORKS.get(source.network)
    hides = network is not None and network.photo_url is not Network.photo_url
    return open_network(source, clock=clock).photo_url(url) if hides else url


def account_of(source: Source, secrets: Mapping[str, str]) -> Account:
    """Return what a network is made for: the source's query and settings, and its secrets."""
    return Account(
        source=source.slug,
        query=source.query,
        settings=source.settings,
        secrets=secrets,
        renews=bool(read(source.slug).expires_at),
    )


def polled() -> list[str]:
    """Return the names of the networks that are asked again and again."""
    return [name for name, network in NETWORKS.items() if network.polls]


def rechecked() -> list[str]:
    """Return the names of the networks whose stored posts must be read again to learn what was deleted."""
    return [name for name, network in NETWORKS.items() if network.recheck is not Network.recheck]


def threaded() -> list[str]:
    """Return the names of the networks that show the conversation around a post."""
    return [name for name, network in NETWORKS.items() if network.thread is not Network.thread]


def label(name: str) -> str:
    """Return how people call a network."""
    return NETWORKS[name].label if name in NETWORKS else name
