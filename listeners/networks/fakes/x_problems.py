"""X's words for what it does not do."""

from __future__ import annotations

from listeners.networks.demo.vendor import Answer


def problem(status: int, title: str, detail: str) -> Answer:
    """Make X's problem document."""
    return Answer(status, {"title": title, "detail": detail, "status": status, "type": "about:blank"})


def invalid(parameter: str, value: str, what: str) -> Answer:
    """Make X's word for a wrong parameter."""
    error = {"parameters": {parameter: [value]}, "message": f"'{parameter}' {what}"}
    detail = "One or more parameters to your request was invalid."
    return Answer(400, {"errors": [error], "title": "Invalid Request", "detail": detail})
