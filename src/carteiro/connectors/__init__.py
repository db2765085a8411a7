"""Handing a message to a provider: the contract, the registry, and one file per provider."""
