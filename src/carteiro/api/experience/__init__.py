"""The Experience API: the person at the door, by the cookie of their interaction."""
