"""Messages, codes and links at rest, and how often who was sent to."""
