"""A Django project that signs people in with Authlib."""
