"""A small invented world to listen to: a local server that plays posts of customers, and its clients."""

from __future__ import annotations

from listeners.networks.demo.client import DEMO_NETWORKS
from listeners.networks.demo.dials import Dials
from listeners.networks.demo.server import DemoServer, serve

__all__ = ["DEMO_NETWORKS", "DemoServer", "Dials", "serve"]
