"""Greet people, and have Carteiro sign them in and out."""

from __future__ import annotations

from authlib.integrations.django_client import OAuth, OAuthError
from django.conf import settings
from django.contrib.auth import login, logout
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from joserfc.errors import JoseError

carteiro = OAuth().register("carteiro")


def home(request: HttpRequest) -> HttpResponse:
    """Greet whoever is signed in."""
    if not request.user.is_authenticated:
        return _said("Nobody is signed in: open /sign-in")
    return _said(f"Hello, {request.user.first_name or request.user.email}")


def sign_in(request: HttpRequest) -> HttpResponse:
    """Send the browser to Carteiro."""
    return carteiro.authorize_redirect(request, f"{settings.APP_URL}/callback")


def callback(request: HttpRequest) -> HttpResponse:
    """Take the browser back; Authlib verifies the id token with Carteiro's published keys."""
    try:
        token = carteiro.authorize_access_token(request)
    except (OAuthError, JoseError) as error:
        return _said(f"Not signed in: {error.error}", status=400)
    known = token["userinfo"]["sub"]
    profile = carteiro.userinfo(token=token)
    if profile["sub"] != known:
        return _said("Not signed in: the profile is another's", status=400)
    told = {"first_name": (profile.get("name") or "")[:150], "email": profile.get("email") or ""}
    person, _ = User.objects.update_or_create(username=known, defaults=told)
    login(request, person)
    return redirect("/")


def sign_out(request: HttpRequest) -> HttpResponse:
    """Forget the person here, and end their session there."""
    logout(request)
    return carteiro.logout_redirect(request, settings.APP_URL, client_id=carteiro.client_id)


def _said(text: str, status: int = 200) -> HttpResponse:
    return HttpResponse(text, status=status, content_type="text/plain; charset=utf-8")
