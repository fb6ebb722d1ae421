"""Faults that understanding can meet.

SentimentError
├── ModelError      the weights are missing, damaged or not what their description says
│   └── ModelUnavailable  the model service does not answer: try again later
├── Unjudged        the model service's model failed on these posts
├── RecipeError     a training recipe names something that does not exist or cannot be
├── DataError       a file to train on or to evaluate lacks what is needed
└── CorrectionError a correction names a head or a label that does not exist
"""

from __future__ import annotations

from django.core.exceptions import BadRequest


class SentimentError(Exception):
    """Root of all faults of this room."""


class ModelError(SentimentError):
    """Raised when a model cannot be used; its text names the file and the way out."""


class ModelUnavailable(ModelError):
    """Raised where the model service is down or overloaded; the same posts may be judged later."""


class Unjudged(SentimentError):
    """Raised where posts broke the model in its service, as they would here."""


class RecipeError(SentimentError):
    """Raised for a training recipe that cannot be followed."""


class DataError(SentimentError):
    """Raised for a data file that cannot be read as what it was given for."""


class CorrectionError(SentimentError, BadRequest):
    """Raised for a correction that means nothing; a page that sent it gets "bad request"."""
