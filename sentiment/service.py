"""The classifier that this installation uses, loaded once and again when another model is promoted."""

from __future__ import annotations

from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path

from config.environment import environment
from sentiment.backends.interface import Backend
from sentiment.backends.joined import JoinedBackend
from sentiment.backends.onnx import OnnxBackend
from sentiment.champion import in_service
from sentiment.classifier import SHIPPED, Classifier
from sentiment.exceptions import ModelError
from sentiment.labels import HEADS
from sentiment.serving.client import remote_model
from sentiment.verdict import Model

HUB = "hf:"


def classifier() -> Classifier:
    """Return the classifier of the model in service, with `KULANZ_THREADS` threads; raises ModelError."""
    return _loaded(in_service())


def assessor() -> Model:
    """Return what judges mentions: the model service of `KULANZ_MODEL_URL`, else the classifier."""
    held = environment()
    if not held.model_url:
        return classifier()
    return remote_model(held.model_url, held.model_token.get_secret_value() if held.model_token else "")


def load(name: str) -> Classifier:
    """Return the classifier `name`: a folder with a model of ours, or "hf:" and a model's name or folder.

    What a hub model cannot answer is answered by the model that Kulanz ships. Raises ModelError.
    """
    threads = environment().threads
    if not name.startswith(HUB):
        return Classifier.load(Path(name), threads=threads)
    hub = _hub(name.removeprefix(HUB), threads)
    if set(hub.description.heads) == set(HEADS):
        return Classifier(hub)
    return Classifier(JoinedBackend(hub, OnnxBackend.load(SHIPPED, threads=threads)))


_loaded = lru_cache(maxsize=1)(load)


def _hub(name: str, threads: int) -> Backend:
    missing = [module for module in ("torch", "transformers") if not find_spec(module)]
    if missing:
        raise ModelError(f"{HUB}{name}: needs {' and '.join(missing)}: pip install 'kulanz[hub]'")
    from sentiment.backends.hub import HubBackend

    return HubBackend.load(name, labels=environment().labels, threads=threads)
