"""What the project is told by its environment, and what it is made of."""

from __future__ import annotations

import os
from urllib.parse import urlsplit

APP_URL = os.environ.get("APP_URL", "http://localhost:3000")
SECRET_KEY = os.environ["SESSION_SECRET"]
ALLOWED_HOSTS = [urlsplit(APP_URL).hostname]
SESSION_COOKIE_SECURE = APP_URL.startswith("https:")
ROOT_URLCONF = "shop.urls"
INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
]
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": "shop.sqlite3"}}

CARTEIRO = os.environ["CARTEIRO_URL"]
AUTHLIB_OAUTH_CLIENTS = {
    "carteiro": {
        "client_id": os.environ["APP_ID"],
        "client_secret": os.environ["APP_SECRET"],
        "server_metadata_url": f"{CARTEIRO}/oidc/.well-known/openid-configuration",
        "client_kwargs": {"scope": "openid profile email", "code_challenge_method": "S256"},
    }
}
