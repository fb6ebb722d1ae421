"""Stand-ins for real networks over the demo network's book and dials, each at `/fakes/<name>`."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from listeners.networks.demo.vendor import Vendor
from listeners.networks.fakes.appstore import FakeAppStore
from listeners.networks.fakes.bluesky import FakeBluesky
from listeners.networks.fakes.business import FakeBusiness
from listeners.networks.fakes.facebook import FakeFacebook
from listeners.networks.fakes.instagram import FakeInstagram
from listeners.networks.fakes.mastodon import FakeMastodon
from listeners.networks.fakes.play import FakePlay
from listeners.networks.fakes.reddit import FakeReddit
from listeners.networks.fakes.telegram import FakeTelegram
from listeners.networks.fakes.threads import FakeThreads
from listeners.networks.fakes.trustpilot import FakeTrustpilot
from listeners.networks.fakes.x import FakeX
from listeners.networks.fakes.youtube import FakeYouTube

FAKES: Mapping[str, type[Vendor]] = MappingProxyType(
    {
        "appstore": FakeAppStore,
        "bluesky": FakeBluesky,
        "business": FakeBusiness,
        "facebook": FakeFacebook,
        "instagram": FakeInstagram,
        "mastodon": FakeMastodon,
        "play": FakePlay,
        "reddit": FakeReddit,
        "telegram": FakeTelegram,
        "threads": FakeThreads,
        "trustpilot": FakeTrustpilot,
        "x": FakeX,
        "youtube": FakeYouTube,
    }
)
"""By the name in their path; each module says how one vendor's calls look."""
