"""A mail that nobody was sent, as a page."""
