"""Sets the stage for `kulanz demo`: people to log in as and sources that listen to the demo network."""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from listeners.models import Source
from listeners.networks.demo import DEMO_NETWORKS
from responders.models import Agent

BRAND = "zehnschritt"


@dataclass(frozen=True, slots=True)
class Login:
    """One invented person of the demo team."""

    username: str
    password: str
    role: str
    name: str


CAST = (
    ("mira", Agent.Role.CARE, "Mira Sommer"),
    ("ben", Agent.Role.CARE, "Ben Carter"),
    ("leo", Agent.Role.LEAD, "Leo Brandt"),
    ("ada", Agent.Role.MARKETING, "Ada Winter"),
    ("otto", Agent.Role.OPS, "Otto Kern"),
)


def cast(*, book: Path) -> list[Login]:
    """Make the demo team; passwords are random, made once, and kept in the file `book`."""
    known = json.loads(book.read_text()) if book.exists() else {}
    logins = [
        Login(username, known.get(username) or secrets.token_urlsafe(6), role, name)
        for username, role, name in CAST
    ]
    book.touch(mode=0o600)
    book.write_text(json.dumps({login.username: login.password for login in logins}))
    for login in logins:
        _admit(login)
    return logins


def _admit(login: Login) -> None:
    first, last = login.name.split()
    agent, is_new = Agent.objects.get_or_create(
        username=login.username,
        defaults={
            "role": login.role,
            "first_name": first,
            "last_name": last,
            "language": "en" if login.username == "ben" else "de",
            "is_staff": login.role == Agent.Role.OPS,
            "is_superuser": login.role == Agent.Role.OPS,
        },
    )
    if is_new or not agent.check_password(login.password):
        agent.set_password(login.password)
        agent.save(update_fields=["password"])


def listen_to(base_url: str, *, now: datetime) -> None:
    """Make or move one source for each look of the demo network."""
    for network in DEMO_NETWORKS:
        Source.objects.update_or_create(
            brand=BRAND,
            network=network.name,
            query=f"@{BRAND}",
            defaults={"settings": {"base_url": base_url}, "next_fetch_at": now},
            create_defaults={
                "slug": network.name.replace("_", "-"),
                "settings": {"base_url": base_url},
                "next_fetch_at": now,
                "created_at": now,
            },
        )
