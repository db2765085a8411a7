"""Templates and senders of organizations and applications."""
