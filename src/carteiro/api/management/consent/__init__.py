"""What third-party applications may ask for, and what people let them into."""
