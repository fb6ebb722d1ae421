from __future__ import annotations

from datetime import datetime

import pytest
from django.contrib import admin
from django.test import Client

from responders.models import AuditEntry
from tests.factories import make_agent
from tests.responders.desk import claimed_case
from tests.responders.test_outbox import queue


@pytest.mark.django_db
def test_ops_see_every_table_of_the_room_and_can_change_people_only(client: Client, now: datetime) -> None:
    case, agent = claimed_case(now=now)
    queue(case, agent, now=now)
    client.force_login(make_agent("ops", is_staff=True, is_superuser=True))
    models = [model for model in admin.site._registry if model._meta.app_label == "responders"]
    assert len(models) >= 10
    for model in models:
        name = model._meta.model_name
        page = client.get(f"/admin/responders/{name}/")
        assert page.status_code == 200
        assert client.get(f"/admin/responders/{name}/add/").status_code == (200 if name == "agent" else 403)
    entry = AuditEntry.objects.first()
    assert entry is not None
    one = f"/admin/responders/auditentry/{entry.pk}"
    assert client.get(f"{one}/change/").status_code == 200
    assert client.post(f"{one}/change/", {"action": "paid"}).status_code == 403
    assert client.post(f"{one}/delete/", {"post": "yes"}).status_code == 403
    assert AuditEntry.objects.filter(pk=entry.pk, action=entry.action).exists()
