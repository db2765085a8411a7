"""The OpenID Connect provider over HTTP."""
