"""Providers that tell people from machines, one file each."""
