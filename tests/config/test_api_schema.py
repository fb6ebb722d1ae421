"""The API keeps to its own description, whatever it is asked."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import hypothesis
import pytest
import schemathesis
from django.core.cache import cache
from django.core.handlers.wsgi import WSGIHandler
from pydantic import SecretStr

TOKEN = "only-for-tests-" + "0123456789abcdef" * 2
schema = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", WSGIHandler())


@pytest.fixture(autouse=True)
def _open(settings: Any) -> Iterator[None]:
    settings.ENVIRONMENT = settings.ENVIRONMENT.model_copy(update={"api_token": SecretStr(TOKEN)})
    yield


@pytest.mark.django_db(transaction=True)
@schema.parametrize()
@hypothesis.settings(max_examples=40, deadline=None, derandomize=True, database=None)
def test_every_answer_is_one_that_the_description_names(case: schemathesis.Case) -> None:
    cache.clear()
    case.call_and_validate(headers={"Authorization": f"Bearer {TOKEN}"})
