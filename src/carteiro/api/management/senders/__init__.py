"""Senders, as receivers see them."""
