"""Where webhooks arrive."""

from __future__ import annotations

from django.urls import path

from listeners.hook import receive

urlpatterns = [path("<slug:slug>", receive, name="hook")]
