"""Every address of the console."""

from __future__ import annotations

from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path

from config.api import api

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("responders.console.urls")),
    path("api/v1/", api.urls),
    path("hooks/", include("listeners.urls")),
    path("admin/", admin.site.urls),
]
