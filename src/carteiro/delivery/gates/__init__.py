"""What a message must pass before it is handed over."""
