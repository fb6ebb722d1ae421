from __future__ import annotations

import pytest
from django.contrib import admin
from django.test import RequestFactory

from tests.factories import make_agent
from trends.models import Fact


@pytest.mark.django_db
def test_facts_are_shown_in_the_admin_and_not_changed_there(rf: RequestFactory) -> None:
    request = rf.get("/")
    request.user = make_agent("ops", is_superuser=True, is_staff=True)
    facts = admin.site.get_model_admin(Fact)
    assert facts.has_view_permission(request)
    assert not facts.has_add_permission(request)
    assert not facts.has_change_permission(request)
