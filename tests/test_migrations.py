from __future__ import annotations

import pytest
from django.core.management import call_command


@pytest.mark.django_db
def test_the_migrations_describe_the_models_as_they_are() -> None:
    call_command("makemigrations", "--check", "--dry-run", verbosity=0)
