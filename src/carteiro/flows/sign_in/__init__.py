"""The person at the door."""
