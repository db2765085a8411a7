"""The project's addresses."""

from __future__ import annotations

from django.urls import path

from shop import views

urlpatterns = [
    path("", views.home),
    path("sign-in", views.sign_in),
    path("callback", views.callback),
    path("sign-out", views.sign_out),
]
