"""What it means that Bluesky's chat refused something, and what to do."""

from __future__ import annotations

from listeners.exceptions import Refused

NO_CHAT = (
    "Bluesky: this app password may not use the chat. Make a new one under Settings, Privacy and security, "
    "App passwords, with access to direct messages allowed, and set it in the environment."
)
INSTEAD = (
    "Answer for all to read, and ask them to write to the account first, or to allow messages from everyone "
    "in their chat settings."
)
_CLOSED = (
    "AccountSuspended",
    "BlockedActor",
    "BlockedSubject",
    "ConvoLocked",
    "MessagesDisabled",
    "NotFollowedBySender",
    "RecipientNotFound",
)


class Closed(Refused):
    """Raised for a conversation that takes or shows no messages; the others go on."""


def refusal(path: str, name: str, told: str) -> Refused | None:
    """Say what a refusal of the chat means and what to do; None for what is none."""
    if "/chat.bsky." not in path:
        return None
    # An app password without access to messages is told in the words of a log-in that is over.
    if name == "InvalidToken" and told.lower().startswith("bad token"):
        return Refused(NO_CHAT)
    if name in _CLOSED or "recipient" in told.lower():
        return Closed(f"Bluesky's chat takes no message to this author ({told}). {INSTEAD}")
    return None
