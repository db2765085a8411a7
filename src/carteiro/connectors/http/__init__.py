"""HTTP as a way out: the client, and what providers with an HTTP API share."""
