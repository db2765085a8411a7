"""One file a provider: what its documentation says, and nothing of the others."""
