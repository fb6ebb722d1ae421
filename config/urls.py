"""Every address of the console."""

from __future__ import annotations

from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path

from config.api import api
from config.probes import alive, metrics, ready

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("responders.console.urls")),
    path("api/v1/", api.urls),
    path("hooks/", include("listeners.urls")),
    path("healthz", alive),
    path("readyz", ready),
    path("metrics", metrics),
    path("admin/", admin.site.urls),
]
