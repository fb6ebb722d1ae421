"""What is alike in the inboxes of all networks: how our ids of messages look, and messages without words."""

from __future__ import annotations

PREFIX = "message/"
"""Begins our ids of messages, which look like nothing else."""
WORDLESS = "📎"
"""Stands for what has no words and is no picture."""


def is_message(native_id: str) -> bool:
    """Say whether an id of ours is that of a message."""
    return native_id.startswith(PREFIX)
