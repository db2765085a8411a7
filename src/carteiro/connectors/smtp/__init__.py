"""SMTP as a way out: kept connections, their security, and what their refusals mean."""
