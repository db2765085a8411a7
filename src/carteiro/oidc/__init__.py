"""The OpenID Connect provider: keys, discovery, tokens."""
